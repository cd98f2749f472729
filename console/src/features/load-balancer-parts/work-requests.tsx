// SPDX-License-Identifier: Apache-2.0
// What was ordered of a load balancer, newest first, with what went wrong.
import { Skeleton, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { listWorkRequests } from '../../api/load-balancers';
import { FailureNote } from '../certificate-parts/failure-note';
import { TableCard } from '../certificate-parts/table-card';
import { Given } from '../certificate-parts/given';
import { When } from '../certificate-parts/when';
import { actionInWords } from '../audit-filter/filter';
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
    <TableCard label="Work requests" head={['What', 'State', 'When']}>
      {items.map((item) => (
        <Table.Tr key={item.id}>
          <Table.Td>
            <div>
              <Text size="sm">{actionInWords(item.type)}</Text>
              <Text size="xs" c={item.lifecycleState === 'FAILED' ? 'red' : 'dimmed'} style={ANYWHERE}>
                <Given
                  text={item.errorDetails.map(({ message }) => message).join(' ') || item.message}
                />
              </Text>
            </div>
          </Table.Td>
          <Table.Td data-label="State">
            <StateBadge state={item.lifecycleState} />
          </Table.Td>
          <Table.Td data-label="When">
            <When time={item.timeAccepted} size="sm" />
          </Table.Td>
        </Table.Tr>
      ))}
    </TableCard>
  );
}
const ANYWHERE = { overflowWrap: 'anywhere' } as const;
