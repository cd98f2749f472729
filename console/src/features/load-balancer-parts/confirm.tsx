// SPDX-License-Identifier: Apache-2.0
// A question before something goes away: what goes, what stays, and the word to type where much goes.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';

import { CopyAs, type Recipe } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';

interface Props {
  title: ReactNode;
  children: ReactNode;
  action: string;
  recipe?: Recipe;
  // What is to be typed first; nothing where the loss is small.
  typed?: string;
  run: () => Promise<unknown>;
  onClose: () => void;
  onDone?: () => void;
}

export function Confirm(props: Props) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await props.run();
      props.onDone?.();
      props.onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={props.onClose} title={props.title} closeButtonProps={CLOSE}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            {props.children}
          </Text>
          {props.typed !== undefined && (
            <TextInput
              label={
                <>
                  Type <Given text={props.typed} /> to go on
                </>
              }
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              data-autofocus
              autoComplete="off"
              spellCheck={false}
            />
          )}
          <FailureNote error={error} />
          <Group justify="flex-end">
            {props.recipe === undefined ? <span /> : <CopyAs recipe={props.recipe} />}
            <Group gap="xs">
              <Button variant="default" onClick={props.onClose}>
                Keep it
              </Button>
              <Button
                type="submit"
                color="red"
                loading={busy}
                disabled={props.typed !== undefined && text !== props.typed}
              >
                {props.action}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
const CLOSE = { 'aria-label': 'Close' };
