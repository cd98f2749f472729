// SPDX-License-Identifier: Apache-2.0
// Who is in which group: seen from a user, or from a group.
import { Button, Group, Pill, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  addUserToGroup,
  listGroups,
  listMemberships,
  listUsers,
  type UserGroupMembership,
  removeMembership,
} from '../../api/access';
import { FailureNote } from '../certificate-parts/failure-note';
import { Confirm } from '../load-balancer-parts/confirm';

interface Props {
  tenancyId: string;
  of: { kind: 'user' | 'group'; id: string; name: string };
}

export function Memberships({ tenancyId, of }: Props) {
  const client = useQueryClient();
  const seenFromUser = of.kind === 'user';
  const [chosen, setChosen] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<UserGroupMembership>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const memberships = useQuery({
    queryKey: ['access', 'memberships', of.kind, of.id],
    queryFn: ({ signal }) =>
      listMemberships(tenancyId, seenFromUser ? { userId: of.id } : { groupId: of.id }, signal),
    retry: false,
  });
  const others = useQuery({
    queryKey: ['access', seenFromUser ? 'groups' : 'users', tenancyId],
    queryFn: ({ signal }): Promise<{ id: string; name: string }[]> =>
      seenFromUser ? listGroups(tenancyId, signal) : listUsers(tenancyId, signal),
    retry: false,
  });
  const otherOf = (it: UserGroupMembership): string => (seenFromUser ? it.groupId : it.userId);
  const nameOf = (id: string): string => others.data?.find((one) => one.id === id)?.name ?? id;
  const taken = new Set((memberships.data ?? []).map(otherOf));
  const free = (others.data ?? []).filter(({ id }) => !taken.has(id));
  const refresh = (): void => void client.invalidateQueries({ queryKey: ['access', 'memberships'] });
  const add = async (): Promise<void> => {
    if (chosen === null) return;
    setBusy(true);
    setError(undefined);
    try {
      await (seenFromUser ? addUserToGroup(of.id, chosen) : addUserToGroup(chosen, of.id));
      setChosen(null);
      refresh();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {seenFromUser ? 'Groups' : 'Members'}
      </Text>
      {memberships.isPending && <Skeleton height={28} width={200} radius="xl" />}
      {memberships.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {seenFromUser ? 'In no group: no policy can speak of them.' : 'Nobody is in it.'}
        </Text>
      )}
      <Group gap={6}>
        {memberships.data?.map((it) => (
          <Pill
            key={it.id}
            size="md"
            variant="contrast"
            withRemoveButton
            maw="100%"
            removeButtonProps={{
              'aria-label': `Remove ${nameOf(otherOf(it))}`,
              'aria-hidden': false,
              tabIndex: 0,
            }}
            onRemove={() => setLeaving(it)}
          >
            {nameOf(otherOf(it))}
          </Pill>
        ))}
      </Group>
      {free.length > 0 && memberships.isSuccess && (
        <Group gap="xs" align="flex-end">
          <Select
            aria-label={seenFromUser ? `Group for ${of.name}` : `User for ${of.name}`}
            placeholder={seenFromUser ? 'Another group' : 'Another user'}
            size="xs"
            searchable
            data={free.map(({ id, name }) => ({ value: id, label: name }))}
            value={chosen}
            onChange={setChosen}
          />
          <Button
            size="xs"
            variant="light"
            loading={busy}
            disabled={chosen === null}
            onClick={() => void add()}
          >
            Add
          </Button>
        </Group>
      )}
      <FailureNote error={error ?? memberships.error} />
      {leaving !== undefined && (
        <Confirm
          title="Remove from the group"
          action="Remove"
          run={() => removeMembership(leaving.id)}
          onDone={refresh}
          onClose={() => setLeaving(undefined)}
        >
          {seenFromUser ? of.name : nameOf(leaving.userId)} loses at once what policies give{' '}
          {seenFromUser ? nameOf(leaving.groupId) : of.name}.
        </Confirm>
      )}
    </Stack>
  );
}
