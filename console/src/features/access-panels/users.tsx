// SPDX-License-Identifier: Apache-2.0
// Users: who they are, the groups they are in, their keys and sessions, and a link to sign in with.
import { Accordion, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlus, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { listUsers, type User } from '../../api/access';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { Teach } from '../certificate-parts/teach';
import { ApiKeys } from './api-keys';
import { CreateNamed } from './create-named';
import { Memberships } from './memberships';
import { Sessions } from './sessions';
import { SignInLink } from './sign-in-link';

export function Users({ tenancyId, own }: { tenancyId: string; own: string }) {
  const [creating, setCreating] = useState(false);
  const query = useQuery({
    queryKey: ['access', 'users', tenancyId],
    queryFn: ({ signal }) => listUsers(tenancyId, signal),
    retry: false,
  });
  if (query.isPending) return <Skeleton height={200} radius="md" />;
  const users = query.data ?? [];
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      Create user
    </Button>
  );
  return (
    <Stack>
      <FailureNote error={query.error} retry={() => void query.refetch()} />
      {query.isSuccess && <Group justify="flex-end">{create}</Group>}
      <Accordion variant="contained" radius="md" chevronPosition="left" order={3}>
        {users.map((user) => (
          <Accordion.Item key={user.id} value={user.id}>
            <Accordion.Control>
              <Text fw={500} style={{ overflowWrap: 'anywhere' }}>
                {user.name}
                {user.id === own && (
                  <Text span c="dimmed" inherit fw={400}>
                    {' '}
                    · you
                  </Text>
                )}
              </Text>
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {user.description !== user.name && <Given text={user.description} />}
                {user.description !== user.name && user.description !== '' && user.email && ' · '}
                <Given text={user.email} />
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <OneUser user={user} tenancyId={tenancyId} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {query.isSuccess && users.length === 0 && (
        <Teach
          icon={<IconUser size={28} />}
          title="No user to show"
          action={create}
          cli="perennial user create --name dana"
        >
          A user is nobody until a policy speaks of one of their groups.
        </Teach>
      )}
      {creating && (
        <CreateNamed kind="user" tenancyId={tenancyId} onClose={() => setCreating(false)} />
      )}
    </Stack>
  );
}

function OneUser({ user, tenancyId }: { user: User; tenancyId: string }) {
  return (
    <Stack gap="lg">
      <SignInLink user={user} />
      <Memberships tenancyId={tenancyId} of={{ kind: 'user', id: user.id, name: user.name }} />
      <ApiKeys userId={user.id} userName={user.name} />
      <Sessions userId={user.id} />
    </Stack>
  );
}
