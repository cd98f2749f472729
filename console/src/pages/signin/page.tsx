// SPDX-License-Identifier: Apache-2.0
// The door: by the one-time link, or by password. What is entered goes nowhere but to this server.
import { Alert, Button, Code, Group, Loader, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';

import { ApiError } from '../../api/send';
import { type Person, type Secret, signIn } from '../../api/session';
import { Logo } from '../../features/page/logo';
import classes from './page.module.css';

interface Props {
  linkSecret: string | undefined;
  done: () => void;
  // In the window over a page whose session ended.
  inside?: boolean;
  person?: Person;
}

function words(error: ApiError): string {
  if (error.status === 0) return 'The server did not answer. Is it running, and are you on its network?';
  if (error.status === 429) return 'Too many tries from here. Wait a minute, then try again.';
  if (error.status === 401) {
    return 'That opens nothing here. A link works once and for a day; after several wrong passwords an account rests for a while.';
  }
  return error.message;
}

function Refusal({ error }: { error: ApiError }) {
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} role="alert">
      <Text size="sm">{words(error)}</Text>
      {error.requestId !== undefined && (
        <Text size="xs" c="dimmed" mt={6} style={{ overflowWrap: 'anywhere' }}>
          request <Code>{error.requestId}</Code>
        </Text>
      )}
    </Alert>
  );
}

const REMEMBERED = 'perennial.who';

function remembered(): { tenancy: string; user: string } {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? '') as { tenancy: string; user: string };
  } catch {
    return { tenancy: '', user: '' };
  }
}

export function SignInPage({ linkSecret, done, inside = false, person }: Props) {
  const [before] = useState(remembered);
  const [tenancy, setTenancy] = useState(person?.tenancyName ?? before.tenancy);
  const [user, setUser] = useState(person?.userName ?? before.user);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(linkSecret !== undefined);
  const [error, setError] = useState<ApiError>();
  const usedLink = useRef(false);

  const enter = async (secret: Secret): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await signIn(secret);
      if ('user' in secret) {
        localStorage.setItem(REMEMBERED, JSON.stringify({ tenancy, user }));
      }
      done();
    } catch (thrown) {
      setError(
        thrown instanceof ApiError ? thrown : new ApiError(0, 'Unreachable', String(thrown)),
      );
    } finally {
      setBusy(false);
      setPassword('');
    }
  };
  useEffect(() => {
    if (linkSecret === undefined || usedLink.current) return;
    usedLink.current = true;
    void enter({ link: linkSecret });
  });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void enter({ tenancy: tenancy.trim(), user: user.trim(), password });
  };

  if (linkSecret !== undefined && busy) {
    return (
      <div className={classes['room']}>
        <Stack align="center" role="status">
          <Logo size={52} />
          <Text>Making a key for this browser, and signing in …</Text>
          <Loader type="dots" aria-hidden />
        </Stack>
      </div>
    );
  }
  const form = (
    <form onSubmit={submit}>
      <Stack gap="md">
        {inside && (
          <Text size="sm" c="dimmed">
            Sign in again and go on where you were; what you entered is still there.
          </Text>
        )}
        {error !== undefined && <Refusal error={error} />}
        <TextInput
          label="Tenancy"
          name="tenancy"
          required
          withAsterisk={false}
          autoComplete="organization"
          value={tenancy}
          onChange={(event) => setTenancy(event.currentTarget.value)}
        />
        <TextInput
          label="User"
          name="user"
          required
          withAsterisk={false}
          autoComplete="username"
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          required
          withAsterisk={false}
          data-autofocus
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy} size="md" fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
  if (inside) return form;
  return (
    <main className={classes['room']}>
      <Stack className={classes['card'] ?? ''} gap="lg">
        <Group gap="sm" justify="center">
          <Logo size={40} />
          <span className={classes['word']}>Perennial</span>
        </Group>
        <Paper p={{ base: 'lg', xs: 'xl' }} shadow="sm">
          <Title order={1} fz={22} mb="md">
            Sign in
          </Title>
          {form}
        </Paper>
        <Text size="sm" c="dimmed" ta="center">
          No password yet? Open the one-time link that you were given. On the host,{' '}
          <Code>perenniald recover-admin</Code> prints a new one.
        </Text>
      </Stack>
    </main>
  );
}
