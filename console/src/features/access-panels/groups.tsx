// SPDX-License-Identifier: Apache-2.0
// Groups: what policies speak of, and who is in them.
import { Accordion, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { listGroups } from '../../api/access';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { Teach } from '../certificate-parts/teach';
import { CreateNamed } from './create-named';
import { Memberships } from './memberships';

export function Groups({ tenancyId }: { tenancyId: string }) {
  const [creating, setCreating] = useState(false);
  const query = useQuery({
    queryKey: ['access', 'groups', tenancyId],
    queryFn: ({ signal }) => listGroups(tenancyId, signal),
    retry: false,
  });
  if (query.isPending) return <Skeleton height={200} radius="md" />;
  const groups = query.data ?? [];
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      Create group
    </Button>
  );
  return (
    <Stack>
      <FailureNote error={query.error} retry={() => void query.refetch()} />
      {groups.length > 0 && <Group justify="flex-end">{create}</Group>}
      <Accordion variant="contained" radius="md" chevronPosition="left" order={3}>
        {groups.map((group) => (
          <Accordion.Item key={group.id} value={group.id}>
            <Accordion.Control>
              <Text fw={500} style={{ overflowWrap: 'anywhere' }}>
                {group.name}
              </Text>
              {group.description !== group.name && (
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  <Given text={group.description} />
                </Text>
              )}
            </Accordion.Control>
            <Accordion.Panel>
              <Memberships tenancyId={tenancyId} of={{ kind: 'group', id: group.id, name: group.name }} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {query.isSuccess && groups.length === 0 && (
        <Teach
          icon={<IconUsersGroup size={28} />}
          title="No group to show"
          action={create}
          cli="perennial group create --name web-team"
        >
          A group is what a policy speaks of. Put users in it, then say what it may do.
        </Teach>
      )}
      {creating && (
        <CreateNamed kind="group" tenancyId={tenancyId} onClose={() => setCreating(false)} />
      )}
    </Stack>
  );
}
