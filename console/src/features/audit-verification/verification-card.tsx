// SPDX-License-Identifier: Apache-2.0
// Can what is listed be believed? In words, with the chains behind them, and the proof that needs no
// page.
import { Alert, Button, Collapse, Group, ScrollArea, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconHourglass, IconShieldCheck, IconShieldQuestion, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type ChainVerification, getVerification } from '../../api/audit';
import { CopyableCode } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { readable } from '../certificate-parts/readable';
import { useNow, When } from '../certificate-parts/when';
import { serviceName, verdictOf } from './words';

const ICONS = { teal: IconShieldCheck, red: IconShieldX, blue: IconHourglass, yellow: IconShieldQuestion };

export function VerificationCard() {
  const found = useQuery({
    queryKey: ['audit-verification'],
    queryFn: async ({ signal }) => (await getVerification(signal)).body,
    refetchInterval: 10_000,
  });
  const now = useNow(5);
  const [open, setOpen] = useState(false);
  if (found.isPending) return <Skeleton height={90} radius="md" />;
  if (found.isError) return <FailureNote error={found.error} retry={() => void found.refetch()} />;
  const verdict = verdictOf(found.data, now);
  const Icon = ICONS[verdict.color];
  return (
    <Alert
      color={verdict.color}
      variant="light"
      icon={<Icon aria-hidden />}
      title={verdict.title}
      role={verdict.color === 'red' ? 'alert' : 'status'}
      styles={{ title: { color: readable(verdict.color) } }}
    >
      <Stack gap="xs">
        <Text size="sm">{verdict.text}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide the chains' : 'Show the chains'}
          </Button>
        </Group>
        <Collapse expanded={open}>
          <Stack gap="sm">
            <Chains items={found.data.items} />
            <Text size="sm">
              A page could leave something out. The proof that needs none is made on the host, from the
              databases alone:
            </Text>
            <CopyableCode
              text="perenniald audit verify --config /etc/perennial/perenniald.toml"
              label="Copy the command"
            />
          </Stack>
        </Collapse>
      </Stack>
    </Alert>
  );
}

function Chains({ items }: { items: ChainVerification[] }) {
  return (
    <ScrollArea type="auto" tabIndex={0} aria-label="Chains of records">
      <Table miw={640} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Service</Table.Th>
            <Table.Th>Chain</Table.Th>
            <Table.Th ta="right">Records</Table.Th>
            <Table.Th>First</Table.Th>
            <Table.Th>Last</Table.Th>
            <Table.Th>Head</Table.Th>
            <Table.Th>Checked</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((chain) => (
            <Table.Tr key={chain.service}>
              <Table.Td>{serviceName(chain.service)}</Table.Td>
              <Table.Td>
                {chain.brokenRecord !== undefined ? (
                  <Text size="sm" fw={600} c={readable('red')}>
                    broken at {chain.brokenRecord.position.toLocaleString('en')}
                  </Text>
                ) : chain.state === 'INTACT' ? (
                  'intact'
                ) : (
                  'being read'
                )}
              </Table.Td>
              <Table.Td ta="right">{chain.records.toLocaleString('en')}</Table.Td>
              <Table.Td>
                <When time={chain.timeFirstRecord} size="sm" />
              </Table.Td>
              <Table.Td>
                <When time={chain.timeLastRecord} size="sm" />
              </Table.Td>
              <Table.Td>
                <Text size="sm" ff="monospace" title={chain.headHash}>
                  {chain.records === 0 ? '—' : chain.headHash.slice(0, 12)}
                </Text>
              </Table.Td>
              <Table.Td>
                <When time={chain.timeChecked} size="sm" />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
