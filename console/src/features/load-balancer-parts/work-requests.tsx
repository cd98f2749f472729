// SPDX-License-Identifier: Apache-2.0
// What was ordered of a load balancer, newest first, with what went wrong.
import { Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { listWorkRequests } from '../../api/load-balancers';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { When } from '../certificate-parts/when';
import { StateBadge } from './state';
import { isOver } from './work-request';

export function WorkRequests({ loadBalancerId }: { loadBalancerId: string }) {
  const query = useQuery({
    queryKey: ['load-balancer', loadBalancerId, 'work'],
    queryFn: ({ signal }) => listWorkRequests(loadBalancerId, signal),
    refetchInterval: ({ state }) => (state.data?.every(isOver) === false ? 1000 : 10_000),
  });
  if (query.isPending) return <Skeleton height={160} radius="md" />;
  if (query.data === undefined) {
    return <FailureNote error={query.error} retry={() => void query.refetch()} />;
  }
  const items = [...query.data].sort((a, b) => b.timeAccepted.localeCompare(a.timeAccepted));
  return (
    <Stack>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="xs">When</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>
                <Text size="sm">{item.type.replace(/([a-z])([A-Z])/g, '$1 $2')}</Text>
                <Text size="xs" c={item.lifecycleState === 'FAILED' ? 'red' : 'dimmed'} style={ANYWHERE}>
                  <Given
                    text={item.errorDetails.map(({ message }) => message).join(' ') || item.message}
                  />
                </Text>
                <Text size="xs" hiddenFrom="xs" c="dimmed">
                  <When time={item.timeAccepted} inherit />
                </Text>
              </Table.Td>
              <Table.Td>
                <StateBadge state={item.lifecycleState} />
              </Table.Td>
              <Table.Td visibleFrom="xs">
                <When time={item.timeAccepted} size="sm" />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
const ANYWHERE = { overflowWrap: 'anywhere' } as const;
