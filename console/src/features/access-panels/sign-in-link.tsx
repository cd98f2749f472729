// SPDX-License-Identifier: Apache-2.0
// A link that signs a user in, once. Its secret stands after #, so that it reaches no log.
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import { useState } from 'react';

import { createSignInLink, type User } from '../../api/access';
import { CopyableCode, CopyAs } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { When } from '../certificate-parts/when';
import { ownCall, shellLine } from '../certificate-parts/words';

export function SignInLink({ user }: { user: User }) {
  const [made, setMade] = useState<{ link: string; timeExpires: string }>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const make = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      setMade(await createSignInLink(user.id));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          variant="light"
          size="xs"
          leftSection={<IconLink size={16} aria-hidden />}
          loading={busy}
          onClick={() => void make()}
        >
          Make a sign-in link
        </Button>
        <CopyAs
          recipe={{
            cli: shellLine('perennial', 'user', 'link', user.name),
            sdk: ownCall('POST', `/20260101/users/${user.id}/actions/createLink`),
            sdkLabel: 'Request',
          }}
        />
      </Group>
      {made !== undefined && (
        <>
          <CopyableCode text={new URL(made.link, location.origin).href} label="Copy the link" />
          <Text size="xs" c="dimmed">
            Shown this once. It works once, until <When time={made.timeExpires} inherit />. Whoever has it
            is {user.name}: send it by a way that only they read.
          </Text>
        </>
      )}
      <FailureNote error={error} />
    </Stack>
  );
}
