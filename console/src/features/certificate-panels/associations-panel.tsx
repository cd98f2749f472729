// SPDX-License-Identifier: Apache-2.0
// Who uses it: name, associated resource, type, state, time created.
import { ActionIcon, Badge, Skeleton, Table, Text, Tooltip } from '@mantine/core';
import { IconCircleCheck, IconEyeOff, IconLink, IconLinkOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type Association, listAssociations } from '../../api/certificates';
import { FailureNote } from '../certificate-parts/failure-note';
import { readable } from '../certificate-parts/readable';
import { ResourceName } from '../certificate-parts/resource-name';
import { TableCard } from '../certificate-parts/table-card';
import { Teach } from '../certificate-parts/teach';
import { When } from '../certificate-parts/when';
import { inWords, shellLine } from '../certificate-parts/words';
import { counted } from '../certificate-renewal/duration';
import { ForceDetach } from './force-detach';

export function useAssociations(id: string) {
  return useQuery({
    queryKey: ['associations', id],
    queryFn: ({ signal }) => listAssociations(id, signal),
    refetchInterval: 10_000,
  });
}

// UnseenUsers tells of users that one may not see: how many there are is told to everybody.
export function UnseenUsers({ count }: { count: number }) {
  return (
    <Teach
      icon={<IconEyeOff size={28} />}
      title={`Used by ${counted(count, 'resource')} that you may not see`}
    >
      Who uses it is told to whoever may inspect certificate-associations and read it. An administrator can give
      that by a policy: Allow group YOUR-GROUP to inspect certificate-associations in tenancy.
    </Teach>
  );
}

interface Props {
  id: string;
  name: string;
  // How many there are in all, whether one may see them or not; where that is not known, nothing.
  count?: number;
}

export function AssociationsPanel({ id, name, count }: Props) {
  const associations = useAssociations(id);
  const [detaching, setDetaching] = useState<Association>();
  if (associations.isPending) return <Skeleton height={160} radius="md" />;
  if (associations.isLoadingError) {
    return <FailureNote error={associations.error} retry={() => void associations.refetch()} />;
  }
  if (associations.data.length === 0 && count !== undefined && count > 0) return <UnseenUsers count={count} />;
  if (associations.data.length === 0) {
    return (
      <Teach
        icon={<IconLink size={28} />}
        title="Used nowhere"
        cli={shellLine(
          ...['perennial', 'listener', 'create', '--lb', 'LOAD_BALANCER', '--name', 'https'],
          ...['--port', '443', '--certificate', name, '--backend-set', 'app'],
        )}
      >
        Name it in a listener, and it is associated: that alone lets exactly that load balancer read
        exactly this certificate.
        {count === undefined && ' Associations that you may not see are not shown.'}
      </Teach>
    );
  }
  return (
    <>
      {detaching !== undefined && (
        <ForceDetach association={detaching} name={name} onClose={() => setDetaching(undefined)} />
      )}
      <TableCard
        label="Associations"
        head={['Name', 'Associated resource', 'Type', 'State', 'Time created', '']}
      >
        {associations.data.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td>
              <Text span size="xs" c="dimmed">
                {one.name}
              </Text>
            </Table.Td>
            <Table.Td data-label="Associated resource" fw={500}>
              <ResourceName id={one.associatedResourceId} />
            </Table.Td>
            <Table.Td data-label="Type">
              <Text size="sm">{inWords(one.associationType)}</Text>
            </Table.Td>
            <Table.Td data-label="State">
              <Badge
                variant="light"
                tt="none"
                miw="max-content"
                color={one.lifecycleState === 'ACTIVE' ? 'teal' : 'gray'}
                c={readable(one.lifecycleState === 'ACTIVE' ? 'teal' : 'gray')}
                leftSection={one.lifecycleState === 'ACTIVE' && <IconCircleCheck size={14} aria-hidden />}
              >
                {inWords(one.lifecycleState)}
              </Badge>
            </Table.Td>
            <Table.Td data-label="Time created">
              <When time={one.timeCreated} size="sm" withDay />
            </Table.Td>
            <Table.Td>
              <Tooltip label="Detach by force">
                <ActionIcon
                  variant="subtle"
                  color="red"
                  size="lg"
                  aria-label={`Detach ${one.name} by force`}
                  onClick={() => setDetaching(one)}
                >
                  <IconLinkOff size={18} />
                </ActionIcon>
              </Tooltip>
            </Table.Td>
          </Table.Tr>
        ))}
      </TableCard>
    </>
  );
}
