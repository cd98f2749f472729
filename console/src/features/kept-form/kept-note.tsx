// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';

// Says of a form that it holds what was entered before, and offers a fresh one.
export function KeptNote({ form }: { form: { restored: boolean; startAgain: () => void } }) {
  if (!form.restored) return null;
  return (
    <Group gap="xs" role="status">
      <IconHistory size={16} aria-hidden />
      <Text size="sm" c="dimmed">
        What you had entered is still here.
      </Text>
      <Button size="compact-xs" variant="subtle" onClick={form.startAgain}>
        Start again
      </Button>
    </Group>
  );
}
