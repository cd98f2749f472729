// SPDX-License-Identifier: Apache-2.0
// A listener on its nodes: open, about to be, or why not.
import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { type ListenerOnNode, listListenerStates } from '../../api/listener-states';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { riskColor, RiskIcon } from '../certificate-parts/risk';
import { servingOf } from './serving';

// useListenerStates looks again as often as `everyMs`; who may not see them sees nothing of it.
export function useListenerStates(loadBalancerId: string, everyMs: number) {
  return useQuery({
    queryKey: ['listener-states', loadBalancerId],
    queryFn: ({ signal }) => listListenerStates({ loadBalancerId }, signal),
    refetchInterval: everyMs,
    retry: false,
  });
}

export function ListenerServing({ states }: { states: readonly ListenerOnNode[] }) {
  const { risk, text, reasons } = servingOf(states);
  return (
    <Stack gap={2} role="status">
      <Group gap={6} wrap="nowrap">
        <RiskIcon risk={risk} size={16} />
        <Text size="sm" fw={500} c={readable(riskColor(risk))}>
          {text}
        </Text>
      </Group>
      {reasons.map(({ node, reason, troubled }) => (
        <Text
          key={node}
          size="sm"
          pl={22}
          c={troubled ? readable('red') : 'dimmed'}
          style={{ overflowWrap: 'anywhere' }}
        >
          <Given text={`${node}: ${reason}`} />
        </Text>
      ))}
    </Stack>
  );
}

// What becomes of a listener that was just made or changed.
export function ServingNow({ loadBalancerId, name }: { loadBalancerId: string; name: string }) {
  const states = useListenerStates(loadBalancerId, 1000);
  if (states.data === undefined) return null;
  return <ListenerServing states={states.data.filter(({ listenerName }) => listenerName === name)} />;
}
