// SPDX-License-Identifier: Apache-2.0
// Where somebody is signed in, and ending it.
import { Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { endSession, listSessions, type Session } from '../../api/access';
import { FailureNote } from '../certificate-parts/failure-note';
import { When } from '../certificate-parts/when';
import { ownCall, shellLine } from '../certificate-parts/words';
import { Confirm } from '../load-balancer-parts/confirm';

// Without a user: one's own.
export function Sessions({ userId }: { userId?: string }) {
  const client = useQueryClient();
  const [ending, setEnding] = useState<Session>();
  const query = useQuery({
    queryKey: ['access', 'sessions', userId ?? 'own'],
    queryFn: ({ signal }) => listSessions(userId, signal),
    retry: false,
  });
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        Sessions
      </Text>
      {query.isPending && <Skeleton height={24} radius="md" />}
      <FailureNote error={query.error} />
      {query.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          Signed in nowhere.
        </Text>
      )}
      {query.data?.map((session) => (
        <Group key={session.id} justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Group gap={6}>
              <Text size="sm">
                {session.signedInBy === 'LINK' ? 'By a link' : 'By password'}
                {session.address !== undefined && session.address !== '' && ` from ${session.address}`}
              </Text>
              {session.isThisSession === true && (
                <Badge variant="light" tt="none" autoContrast>
                  This one
                </Badge>
              )}
            </Group>
            <Text size="xs" c="dimmed">
              since <When time={session.timeCreated} inherit /> · last used{' '}
              <When time={session.timeOfLastUse} inherit />
            </Text>
          </div>
          <Button
            size="xs"
            variant="subtle"
            color="red"
            style={{ flexShrink: 0 }}
            onClick={() => setEnding(session)}
            aria-label={`End the session since ${session.timeCreated}`}
          >
            End
          </Button>
        </Group>
      ))}
      {ending !== undefined && (
        <Confirm
          title="End this session"
          action="End session"
          run={() => endSession(ending.id)}
          onDone={() => void client.invalidateQueries({ queryKey: ['access', 'sessions'] })}
          onClose={() => setEnding(undefined)}
          recipe={{
            cli: shellLine('perennial', 'session', 'end', ending.id),
            sdk: ownCall('DELETE', `/20260101/sessions/${ending.id}`),
            sdkLabel: 'Request',
          }}
        >
          {ending.isThisSession === true
            ? 'It is the one that you look through: you will be asked to sign in again.'
            : 'That browser is signed out at once.'}
        </Confirm>
      )}
    </Stack>
  );
}
