// SPDX-License-Identifier: Apache-2.0
// Who uses it: name, associated resource, type, state, time created.
import { ActionIcon, Badge, Card, ScrollArea, Skeleton, Table, Text, Tooltip } from '@mantine/core';
import { IconLink, IconLinkOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type Association, listAssociations } from '../../api/certificates';
import { FailureNote } from '../certificate-parts/failure-note';
import { readable } from '../certificate-parts/readable';
import { ResourceName } from '../certificate-parts/resource-name';
import { Teach } from '../certificate-parts/teach';
import { When } from '../certificate-parts/when';
import { inWords, shellLine } from '../certificate-parts/words';
import { ForceDetach } from './force-detach';

export function useAssociations(id: string) {
  return useQuery({
    queryKey: ['associations', id],
    queryFn: ({ signal }) => listAssociations(id, signal),
    refetchInterval: 10_000,
  });
}

export function AssociationsPanel({ id, name }: { id: string; name: string }) {
  const associations = useAssociations(id);
  const [detaching, setDetaching] = useState<Association>();
  if (associations.isPending) return <Skeleton height={160} radius="md" />;
  if (associations.isLoadingError) {
    return <FailureNote error={associations.error} retry={() => void associations.refetch()} />;
  }
  if (associations.data.length === 0) {
    return (
      <Teach
        icon={<IconLink size={28} />}
        title="Used nowhere"
        cli={shellLine(
          ...['perennial', 'listener', 'create', '--lb', 'LOAD_BALANCER', '--name', 'https'],
          ...['--port', '443', '--certificate', name],
        )}
      >
        Name it in a listener, and it is associated: that alone lets exactly that load balancer read
        exactly this certificate. Associations that you may not see are not shown.
      </Teach>
    );
  }
  return (
    <Card withBorder radius="md" padding={0}>
      {detaching !== undefined && (
        <ForceDetach association={detaching} name={name} onClose={() => setDetaching(undefined)} />
      )}
      <ScrollArea type="auto" tabIndex={0} aria-label="Associations">
        <Table verticalSpacing="sm" horizontalSpacing="md" miw={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Associated resource</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Time created</Table.Th>
              <Table.Th w={44} aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {associations.data.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{one.name}</Table.Td>
                <Table.Td>
                  <ResourceName id={one.associatedResourceId} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{inWords(one.associationType)}</Text>
                </Table.Td>
                <Table.Td>
                  <Badge
                    variant="light"
                    tt="none"
                    miw="max-content"
                    color={one.lifecycleState === 'ACTIVE' ? 'teal' : 'gray'}
                    c={readable(one.lifecycleState === 'ACTIVE' ? 'teal' : 'gray')}
                  >
                    {inWords(one.lifecycleState)}
                  </Badge>
                </Table.Td>
                <Table.Td>
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
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Card>
  );
}
