// SPDX-License-Identifier: Apache-2.0
// The window for a new user or group: a name and what it is for.
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { createGroup, createUser } from '../../api/access';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';

const CLOSE = { 'aria-label': 'Close' };
const POINTERS = ['/name', '/description', '/email'];

interface Props {
  kind: 'user' | 'group';
  tenancyId: string;
  onClose: () => void;
}

export function CreateNamed({ kind, tenancyId, onClose }: Props) {
  const client = useQueryClient();
  const form = useKeptForm(kind, { name: '', description: '', email: '' });
  const { name, description, email } = form.value;
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, POINTERS);
  const body = {
    compartmentId: tenancyId,
    name,
    description: description === '' ? name : description,
    ...(kind === 'user' && email !== '' ? { email } : {}),
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setThrown(undefined);
    try {
      await form.send('create', () => body, kind === 'user' ? createUser : createGroup);
      form.forget();
      await client.invalidateQueries({ queryKey: ['access'] });
      onClose();
    } catch (error) {
      setThrown(error);
      setBusy(false);
    }
  };
  const call = kind === 'user' ? 'createUser' : 'createGroup';
  return (
    <Modal opened onClose={onClose} title={`Create ${kind}`} closeButtonProps={CLOSE}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <KeptNote form={form} />
          <TextInput
            label="Name"
            description={kind === 'user' ? 'What they sign in with' : 'Policies speak of it by this name'}
            value={name}
            error={errors['/name']}
            onChange={(event) => form.change({ name: event.currentTarget.value })}
            required
            data-autofocus
            autoComplete="off"
          />
          <TextInput
            label="Description"
            value={description}
            error={errors['/description']}
            onChange={(event) => form.change({ description: event.currentTarget.value })}
          />
          {kind === 'user' && (
            <TextInput
              label="Mail address"
              type="email"
              value={email}
              error={errors['/email']}
              onChange={(event) => form.change({ email: event.currentTarget.value })}
            />
          )}
          <FormFailure error={thrown} errors={errors} />
          <Group justify="flex-end">
            <CopyAs
              recipe={{
                cli: shellLine('perennial', kind, 'create', '--name', name || 'NAME'),
                sdk: sdkCall('identityClient', call, { [`${call}Details`]: body }),
              }}
            />
            <Button type="submit" loading={busy}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
