// SPDX-License-Identifier: Apache-2.0
// Two people changed the same thing: what differs, and a choice.
import { Alert, Button, Group, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';

import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import type { GuardedSave } from './use-guarded-save';

// One thing that the window lets one change, in words.
export interface Difference {
  label: string;
  before: string;
  theirs: string;
  mine: string;
}

interface Props<T> {
  edit: GuardedSave<T>;
  differences: Difference[];
  // Shows theirs in the form.
  onTake: (theirs: T) => void;
}

export function ConflictNote<T>({ edit, differences, onTake }: Props<T>) {
  const { theirs } = edit;
  const note = useRef<HTMLDivElement>(null);
  // It may come up below the fold of a long window.
  useEffect(() => {
    note.current?.focus();
    note.current?.scrollIntoView({ block: 'nearest' });
  }, [theirs]);
  if (theirs === undefined) return null;
  const shown = differences.filter(({ before, theirs: now, mine }) => before !== now || now !== mine);
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      ref={note}
      tabIndex={-1}
      styles={{ title: { color: readable('yellow') }, body: { minWidth: 0 } }}
      icon={<IconUsers aria-hidden />}
      title="Somebody else changed it meanwhile"
    >
      <Stack gap="xs">
        <Text size="sm">
          Theirs is in force; yours is not saved. Nothing is lost until you choose.
        </Text>
        {shown.length === 0 ? (
          <Text size="sm">They changed something that this window does not show.</Text>
        ) : (
          <ScrollArea type="auto" tabIndex={0} aria-label="What differs">
            <Table withTableBorder verticalSpacing={4} fz="sm" miw={420}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th aria-label="What" />
                  <Table.Th>When you opened it</Table.Th>
                  <Table.Th>Theirs, in force</Table.Th>
                  <Table.Th>Yours, not saved</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map(({ label, before, theirs: now, mine }) => (
                  <Table.Tr key={label}>
                    <Table.Th scope="row">{label}</Table.Th>
                    <Table.Td c="dimmed">
                      <Given text={before} />
                    </Table.Td>
                    <Table.Td fw={now === before ? 400 : 600}>
                      <Given text={now} />
                    </Table.Td>
                    <Table.Td fw={mine === before ? 400 : 600}>
                      <Given text={mine} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollArea>
        )}
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              onTake(theirs.value);
              edit.take();
            }}
          >
            Go on from theirs
          </Button>
          <Button
            size="xs"
            color="yellow"
            autoContrast
            loading={edit.busy}
            onClick={() => void edit.replace()}
          >
            Replace it with mine
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
