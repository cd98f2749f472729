// SPDX-License-Identifier: Apache-2.0
// Deleting something: refused while it is in use, with the users named; otherwise a date inside the
// allowed window and the name, typed.
import {
  Alert,
  Anchor,
  Button,
  Group,
  List,
  Loader,
  Modal,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconLinkOff, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';

import { inventoryRow, listAssociations, scheduleDeletion } from '../../api/certificates';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FailureNote, FormFailure } from '../certificate-parts/failure-note';
import { ResourceName } from '../certificate-parts/resource-name';
import { exactTime } from '../certificate-parts/time';
import { useZone } from '../certificate-parts/zone';
import { ownCall, sdkCall, shellLine } from '../certificate-parts/words';
import { counted } from '../certificate-renewal/duration';
import { allowedWindow, type Deletable, momentOfDay, MOST_DAYS, sameName } from './window';

export interface DeletionTarget {
  kind: Deletable;
  id: string;
  name: string;
  // What it has issued, of an authority; it holds the authority like an association does.
  issued?: { text: string; to: string }[];
}

// useUsers says who uses it, as far as the caller may know, and how many there are in all.
function useUsers(target: DeletionTarget, enabled: boolean) {
  return useQuery({
    queryKey: ['associations', target.id, 'deletion'],
    queryFn: async ({ signal }) => {
      const visible = await listAssociations(target.id, signal).catch((error: unknown) => {
        // Not allowed to see them: the count is told all the same.
        if (failureOf(error).status === 404) return [];
        throw error;
      });
      if (target.kind === 'authority') return { visible, count: visible.length };
      const row = await inventoryRow(target, signal);
      return { visible, count: Math.max(visible.length, row?.associationCount ?? 0) };
    },
    enabled,
    refetchInterval: enabled ? 5_000 : false,
  });
}

function dateInput(day: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function Refused({ target, users }: {
  target: DeletionTarget;
  users: { visible: { id: string; associatedResourceId: string }[]; count: number };
}) {
  const issued = target.issued ?? [];
  const hidden = users.count - users.visible.length;
  const why = [
    ...(users.count > 0 ? [`is used by ${counted(users.count, 'resource')}`] : []),
    ...(issued.length > 0 ? [`has issued ${counted(issued.length, 'thing')} still there`] : []),
  ].join(' and ');
  return (
    <Stack gap="sm">
      <Alert
        color="red"
        variant="light"
        icon={<IconLinkOff aria-hidden />}
        title="It cannot be deleted now"
      >
        “{target.name}” {why}. Whoever connects there would meet an error, so deletion is refused
        until it is used nowhere.
      </Alert>
      <List size="sm" spacing={4}>
        {users.visible.map((one) => (
          <List.Item key={one.id}>
            <ResourceName id={one.associatedResourceId} />
          </List.Item>
        ))}
        {issued.slice(0, 10).map(({ text, to }) => (
          <List.Item key={to}>
            <Anchor component={Link} to={to} inherit>
              {text}
            </Anchor>
          </List.Item>
        ))}
        {issued.length > 10 && <List.Item>and {issued.length - 10} more</List.Item>}
        {hidden > 0 && (
          <List.Item>
            <Text size="sm" c="dimmed">
              {counted(hidden, 'resource')} whose {hidden === 1 ? 'name' : 'names'} you may not see
            </Text>
          </List.Item>
        )}
      </List>
      <Text size="sm" c="dimmed">
        Give each another certificate, or remove what names this one. This window notices by itself.
      </Text>
    </Stack>
  );
}

function Choose({ target, onDone }: { target: DeletionTarget; onDone: () => void }) {
  const queries = useQueryClient();
  const zone = useZone();
  const [now] = useState(() => new Date());
  const window = allowedWindow(target.kind, now);
  const [day, setDay] = useState(() => dateInput(window.usual));
  const [typed, setTyped] = useState('');
  const [year, month, date] = day.split('-').map(Number);
  const chosen =
    year === undefined || month === undefined || date === undefined
      ? null
      : momentOfDay(target.kind, new Date(year, month - 1, date), now);
  const schedule = useMutation({
    mutationFn: (when: Date) => scheduleDeletion(target.kind, target.id, when),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  const failure = schedule.error === null ? undefined : failureOf(schedule.error);
  const errors = fieldErrors(failure, ['/timeOfDeletion']);
  const when = chosen ?? window.usual;
  const body = { timeOfDeletion: when.toISOString() };
  const days = Math.max(1, Math.round((when.getTime() - now.getTime()) / 86_400_000));
  const recipe =
    target.kind === 'certificate'
      ? {
          cli: shellLine(
            'perennial',
            'certificate',
            'schedule-deletion',
            target.name,
            '--in',
            `P${days}D`,
          ),
          sdk: sdkCall('certificatesManagementClient', 'scheduleCertificateDeletion', {
            certificateId: target.id,
            scheduleCertificateDeletionDetails: body,
          }),
        }
      : {
          cli: ownCall(
            'POST',
            `/20210224/certificateAuthorities/${target.id}/actions/scheduleDeletion`,
            body,
          ),
          sdk: sdkCall('certificatesManagementClient', 'scheduleCertificateAuthorityDeletion', {
            certificateAuthorityId: target.id,
            scheduleCertificateAuthorityDeletionDetails: body,
          }),
        };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== null && sameName(typed, target.name)) schedule.mutate(chosen);
      }}
    >
      <Stack gap="md">
        <Text size="sm">
          It stops at once to be usable for anything new, and is deleted on the day you choose. Until
          then you can cancel, and everything is as before.
        </Text>
        <div>
          <Text size="sm" fw={500}>
            What goes with it
          </Text>
          <List size="sm">
            <List.Item>every version, and its private keys, for good</List.Item>
            <List.Item>its renewals</List.Item>
            {target.kind === 'authority' && (
              <List.Item>the ability to issue and to renew anything by it</List.Item>
            )}
          </List>
        </div>
        <TextInput
          type="date"
          label="Delete on"
          description={`From ${exactTime(window.earliest, zone)} to ${MOST_DAYS} days from now.`}
          min={dateInput(window.earliest)}
          max={dateInput(window.latest)}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          error={
            errors['/timeOfDeletion'] ??
            (chosen === null ? 'This day is outside of what is allowed.' : undefined)
          }
          required
        />
        <TextInput
          label={`Type the name to confirm: ${target.name}`}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          styles={{ label: { overflowWrap: 'anywhere' } }}
        />
        <FormFailure error={schedule.error} errors={errors} />
        <Group justify="flex-end">
          <CopyAs recipe={recipe} />
          <Button
            type="submit"
            color="red"
            loading={schedule.isPending}
            disabled={chosen === null || !sameName(typed, target.name)}
            leftSection={<IconTrash size={16} aria-hidden />}
          >
            Schedule deletion
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface Props {
  target: DeletionTarget;
  opened: boolean;
  onClose: () => void;
}

export function DeletionWindow({ target, opened, onClose }: Props) {
  const users = useUsers(target, opened);
  const held =
    users.data !== undefined && (users.data.count > 0 || (target.issued ?? []).length > 0);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Delete “${target.name}”`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { overflowWrap: 'anywhere' } }}
    >
      {users.isPending && (
        <Group gap="xs">
          <Loader size="sm" />
          <Text size="sm">Looking who uses it …</Text>
        </Group>
      )}
      <FailureNote error={users.error} retry={() => void users.refetch()} />
      {users.data !== undefined && held && <Refused target={target} users={users.data} />}
      {users.data !== undefined && !held && <Choose target={target} onDone={onClose} />}
    </Modal>
  );
}
