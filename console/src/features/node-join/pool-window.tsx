// SPDX-License-Identifier: Apache-2.0
// A new node pool: a name, and the addresses on which its load balancers answer.
import { Button, Group, Modal, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { createNodePool } from '../../api/nodes';
import type { Place } from '../access-parts/tenancy';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { ownCall, shellLine } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';

const CLOSE = { 'aria-label': 'Close' };
const POINTERS = ['/displayName', '/compartmentId', '/addresses'];

export function PoolWindow({ places, onClose }: { places: Place[]; onClose: () => void }) {
  const client = useQueryClient();
  const form = useKeptForm<{ displayName: string; compartmentId: string; addresses: string[] }>(
    'node-pool',
    { displayName: 'edge', compartmentId: places[0]?.id ?? '', addresses: [] },
  );
  const { displayName, compartmentId, addresses } = form.value;
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, POINTERS);
  const body = { displayName, compartmentId, addresses };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setThrown(undefined);
    try {
      await form.send('create', () => body, createNodePool);
      form.forget();
      await client.invalidateQueries({ queryKey: ['node-pools'] });
      onClose();
    } catch (error) {
      setThrown(error);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Create node pool" closeButtonProps={CLOSE}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <KeptNote form={form} />
          <TextInput
            label="Name"
            value={displayName}
            error={errors['/displayName']}
            onChange={(event) => form.change({ displayName: event.currentTarget.value })}
            required
            data-autofocus
          />
          <TagsInput
            label="Addresses"
            description="Where load balancers of this pool answer; press Enter after each"
            placeholder="192.0.2.10"
            value={addresses}
            error={errors['/addresses']}
            onChange={(now) => form.change({ addresses: now })}
            acceptValueOnBlur
            // Nothing to choose from, so Escape is the window’s.
            dropdownOpened={false}
            clearable
          />
          <Select
            label="Compartment"
            data={places.map(({ id, name }) => ({ value: id, label: name }))}
            value={compartmentId}
            allowDeselect={false}
            error={errors['/compartmentId']}
            onChange={(id) => id !== null && form.change({ compartmentId: id })}
          />
          <FormFailure error={thrown} errors={errors} />
          <Group justify="flex-end">
            <CopyAs
              recipe={{
                cli: shellLine(
                  ...['perennial', 'node-pool', 'create', '--name', displayName],
                  ...addresses.flatMap((address) => ['--address', address]),
                ),
                sdk: ownCall('POST', '/20260101/nodePools', body),
                sdkLabel: 'Request',
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
