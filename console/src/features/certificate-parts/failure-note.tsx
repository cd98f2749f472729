// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { failureOf, whatToDo } from './failure';

// An error with what to do and the request id that the server's log has it under.
export function FailureNote({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  if (error === null || error === undefined) return null;
  const failure = failureOf(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={failure.text}
      role="alert"
      styles={{ title: { overflowWrap: 'anywhere' } }}
    >
      <Text size="sm">{whatToDo(failure)}</Text>
      <Group justify="space-between" mt="xs" gap="xs">
        <Text size="xs" c="dimmed">
          {failure.status > 0 && failure.code}
          {failure.requestId !== undefined && (
            <>
              {' '}
              · request <Code>{failure.requestId}</Code>
            </>
          )}
        </Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
