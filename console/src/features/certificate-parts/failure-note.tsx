// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';

import { ApiError } from '../../api/send';
import { failureOf, whatToDo } from './failure';
import { readable } from './readable';

// An error with what to do and the request id that the server's log has it under.
export function FailureNote({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  if (error === null || error === undefined) return null;
  // That the server is away stands above every page, and it is asked again without a click.
  if (error instanceof ApiError && error.code === 'Unreachable') {
    return (
      <Text size="sm" c="dimmed">
        Waiting for the server.
      </Text>
    );
  }
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

interface FormFailureProps {
  error: unknown;
  // What of it stands at a control of the form: fieldErrors.
  errors: Record<string, string>;
}

// What a form says of a refusal. Where it is written at a control the focus goes there, so that it is found
// and read out; else it is said here.
export function FormFailure({ error, errors }: FormFailureProps) {
  const here = useRef<HTMLDivElement>(null);
  const atField = Object.keys(errors).length > 0;
  useEffect(() => {
    if (!atField) return;
    const form = here.current?.closest('form');
    // What was folded is unfolded by then.
    const frame = requestAnimationFrame(() =>
      form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, [error, atField]);
  if (error === null || error === undefined) return null;
  if (!atField) return <FailureNote error={error} />;
  const { requestId } = failureOf(error);
  return (
    <Text ref={here} size="xs" c={readable('red')} style={{ overflowWrap: 'anywhere' }}>
      Refused; what to change is written beside the field.
      {requestId !== undefined && ` Request ${requestId}.`}
    </Text>
  );
}
