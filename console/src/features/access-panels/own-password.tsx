// SPDX-License-Identifier: Apache-2.0
// One's own password.
import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { changePassword, type Session } from '../../api/access';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { passwordProblem } from './pem';

export function OwnPassword({ session }: { session: Session }) {
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const asks = session.needsCurrentPassword ?? session.hasPassword ?? false;
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, ['/currentPassword', '/newPassword']);
  const problem = tried ? passwordProblem(next, again) : undefined;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    setDone(false);
    if (passwordProblem(next, again) !== undefined || again === '') return;
    setBusy(true);
    setThrown(undefined);
    try {
      await changePassword({ ...(asks ? { currentPassword: current } : {}), newPassword: next });
      setCurrent('');
      setNext('');
      setAgain('');
      setTried(false);
      setDone(true);
      await client.invalidateQueries({ queryKey: ['access'] });
    } catch (error) {
      setThrown(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm" maw={420}>
        <Text size="sm" c="dimmed">
          {session.hasPassword === true
            ? 'Change what you sign in with. Your other sessions end with it.'
            : 'You came by a link and have no password yet: set one, or you need another link next time.'}
        </Text>
        <input type="text" name="username" autoComplete="username" value={session.userName} readOnly hidden />
        {asks && (
          <PasswordInput
            label="Current password"
            autoComplete="current-password"
            value={current}
            error={errors['/currentPassword']}
            aria-invalid={errors['/currentPassword'] !== undefined}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={SHOW}
            required
          />
        )}
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          value={next}
          error={problem ?? errors['/newPassword']}
          aria-invalid={(problem ?? errors['/newPassword']) !== undefined}
          onChange={(event) => setNext(event.currentTarget.value)}
          visibilityToggleButtonProps={SHOW}
          required
        />
        <PasswordInput
          label="New password again"
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          visibilityToggleButtonProps={SHOW}
          required
        />
        <FormFailure error={thrown} errors={errors} />
        {done && (
          <Alert color="teal" icon={<IconCircleCheck aria-hidden />} title="It is changed" role="status" />
        )}
        <Group>
          <Button type="submit" loading={busy}>
            {session.hasPassword === true ? 'Change password' : 'Set password'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
const SHOW = { 'aria-label': 'Show or hide the password', tabIndex: 0, 'aria-hidden': false } as const;
