// SPDX-License-Identifier: Apache-2.0
// A new policy: statements, one a line, with examples to start from and the parser's words at the line.
import { Button, Group, Menu, Modal, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconBulb } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { createPolicy, listGroups } from '../../api/access';
import type { Place } from '../access-parts/tenancy';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { EXAMPLES, groupWord, statementError, statementsOf } from './language';

const CLOSE = { 'aria-label': 'Close' };
const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } };
const POINTERS = ['/name', '/description', '/compartmentId', '/statements'];

interface Props {
  places: Place[];
  placeId: string;
  tenancyId: string;
  onClose: () => void;
}

export function PolicyWindow({ places, placeId, tenancyId, onClose }: Props) {
  const client = useQueryClient();
  const form = useKeptForm('policy', { name: '', compartmentId: placeId, text: '' });
  const { name, compartmentId, text } = form.value;
  const [group, setGroup] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [thrown, setThrown] = useState<unknown>();
  const groups = useQuery({
    queryKey: ['access', 'groups', tenancyId],
    queryFn: ({ signal }) => listGroups(tenancyId, signal),
    retry: false,
  });
  const statements = statementsOf(text);
  const failure = thrown === undefined ? undefined : failureOf(thrown);
  const errors = fieldErrors(failure, POINTERS);
  const wrong = statementError(failure, statements);
  const body = { compartmentId, name, description: name, statements };
  const groupName = groupWord(group ?? groups.data?.[0]?.name ?? 'GROUP');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setThrown(undefined);
    try {
      await form.send('create', () => body, createPolicy);
      form.forget();
      await client.invalidateQueries({ queryKey: ['access', 'policies'] });
      onClose();
    } catch (error) {
      setThrown(error);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Create policy" size="lg" closeButtonProps={CLOSE}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <KeptNote form={form} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label="Name"
              value={name}
              error={errors['/name']}
              onChange={(event) => form.change({ name: event.currentTarget.value })}
              required
              data-autofocus
            />
            <Select
              label="Compartment"
              data={places.map(({ id, name: label }) => ({ value: id, label }))}
              value={compartmentId}
              allowDeselect={false}
              error={errors['/compartmentId']}
              onChange={(id) => id !== null && form.change({ compartmentId: id })}
            />
          </SimpleGrid>
          <Textarea
            label="Statements, one a line"
            description="Allow group NAME to inspect | read | use | manage WHAT in tenancy | compartment NAME"
            placeholder="Allow group web-team to read leaf-certificates in tenancy"
            autosize
            minRows={5}
            maxRows={16}
            value={text}
            styles={MONO}
            spellCheck={false}
            error={
              wrong === undefined
                ? errors['/statements']
                : `Statement ${wrong.index + 1}: ${wrong.text}`
            }
            onChange={(event) => {
              form.change({ text: event.currentTarget.value });
              setThrown(undefined);
            }}
          />
          {wrong !== undefined && statements.length > 1 && (
            <Text size="xs" c="red" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {wrong.statement}
            </Text>
          )}
          <Group gap="xs">
            <Select
              aria-label="Group of the examples"
              placeholder="Which group?"
              size="xs"
              searchable
              data={(groups.data ?? []).map((one) => one.name)}
              value={group}
              onChange={setGroup}
            />
            <Menu withinPortal>
              <Menu.Target>
                <Button size="xs" variant="light" leftSection={<IconBulb size={16} aria-hidden />}>
                  Add an example
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {EXAMPLES.map(({ title, statement }) => (
                  <Menu.Item
                    key={title}
                    onClick={() =>
                      form.change({ text: [...statements, statement(groupName)].join('\n') })
                    }
                  >
                    {title}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          </Group>
          <FormFailure error={thrown} errors={errors} />
          <Group justify="flex-end">
            <CopyAs
              recipe={{
                cli: shellLine(
                  ...['perennial', 'policy', 'create', '--name', name || 'NAME'],
                  ...statements.flatMap((statement) => ['--statement', statement]),
                ),
                sdk: sdkCall('identityClient', 'createPolicy', { createPolicyDetails: body }),
              }}
            />
            <Button type="submit" loading={busy} disabled={statements.length === 0}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
