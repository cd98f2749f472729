// SPDX-License-Identifier: Apache-2.0
// Nodes: what each serves of what is wanted of it, when it last spoke, and how another one joins.
import {
  ActionIcon,
  Badge,
  Button,
  Card,
  Group,
  Menu,
  Progress,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconClockExclamation,
  IconDots,
  IconPlus,
  IconProgress,
  IconRefresh,
  IconServer,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { type ListenerOnNode, listListenerStates } from '../../api/listener-states';
import {
  actOnNode,
  listNodePools,
  listNodes,
  listNodeServing,
  type Node,
  type NodePool,
} from '../../api/nodes';
import { usePlaces } from '../../features/access-parts/tenancy';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Given } from '../../features/certificate-parts/given';
import { Heading } from '../../features/certificate-parts/heading';
import { readable } from '../../features/certificate-parts/readable';
import { riskColor } from '../../features/certificate-parts/risk';
import { Teach } from '../../features/certificate-parts/teach';
import { useNow, When } from '../../features/certificate-parts/when';
import { ownCall, shellLine } from '../../features/certificate-parts/words';
import { Confirm } from '../../features/load-balancer-parts/confirm';
import { JoinWindow } from '../../features/node-join/join-window';
import { PoolWindow } from '../../features/node-join/pool-window';
import { joined, poolsOf, type SeenNode, servedOf, verdictOf } from '../../features/node-parts/words';

type Opened = { kind: 'join' } | { kind: 'pool' } | { kind: 'drain' | 'remove'; node: Node };

export default function NodesPage() {
  const client = useQueryClient();
  const { places, error: placeError } = usePlaces();
  const [opened, setOpened] = useState<Opened>();
  const nodes = useQuery({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => listNodes(signal),
    refetchInterval: 5000,
    retry: false,
  });
  const pools = useQuery({
    queryKey: ['node-pools'],
    queryFn: ({ signal }) => listNodePools(signal),
    retry: false,
  });
  // Who may not see these sees the nodes all the same.
  const serving = useQuery({
    queryKey: ['node-serving'],
    queryFn: ({ signal }) => listNodeServing(signal),
    refetchInterval: 5000,
    retry: false,
  });
  const listeners = useQuery({
    queryKey: ['listener-states'],
    queryFn: ({ signal }) => listListenerStates({}, signal),
    refetchInterval: 5000,
    retry: false,
  });
  const now = useNow(5);
  const all = joined(nodes.data ?? [], serving.data ?? []).filter(({ state }) => state !== 'REMOVED');
  const known = new Set((nodes.data ?? []).map(({ id }) => id));
  const noPool = pools.data?.length === 0;
  const close = (): void => setOpened(undefined);
  const add = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={pools.data === undefined}
      onClick={() => setOpened({ kind: noPool ? 'pool' : 'join' })}
    >
      {noPool ? 'Create node pool' : 'Add a node'}
    </Button>
  );
  return (
    <>
      <Heading title="Nodes" actions={all.length > 0 ? add : undefined} />
      <Stack gap="xl">
        <FailureNote
          error={nodes.error ?? pools.error ?? placeError}
          retry={() => {
            void nodes.refetch();
            void pools.refetch();
          }}
        />
        {nodes.isPending && <Skeleton height={140} radius="md" />}
        {nodes.isSuccess && all.length === 0 && (
          <Teach
            icon={<IconServer size={28} />}
            title="No node yet"
            action={add}
            cli={
              noPool
                ? 'perennial node-pool create --name edge --address 192.0.2.10'
                : 'perennial node token create --pool edge --kind loadbalancer'
            }
          >
            {noPool
              ? 'A node pool says on which addresses load balancers answer. Nodes join it; load balancers are placed on it.'
              : 'A node is a host with a proxy and the agent beside it. One command makes it join; its private key never leaves it.'}
          </Teach>
        )}
        {all.length > 0 && (
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            {all.map((node) => (
              <NodeCard
                key={node.id}
                node={node}
                listeners={(listeners.data ?? []).filter(({ nodeId }) => nodeId === node.id)}
                pools={pools.data ?? []}
                now={now}
                ask={(kind) => setOpened({ kind, node })}
              />
            ))}
          </SimpleGrid>
        )}
        {(pools.data?.length ?? 0) > 0 && (
          <Pools pools={pools.data ?? []} nodes={all} create={() => setOpened({ kind: 'pool' })} />
        )}
      </Stack>
      {opened?.kind === 'join' && (
        <JoinWindow pools={pools.data ?? []} known={known} onClose={close} />
      )}
      {opened?.kind === 'pool' && places.length > 0 && <PoolWindow places={places} onClose={close} />}
      {(opened?.kind === 'drain' || opened?.kind === 'remove') && (
        <Confirm
          title={`${opened.kind === 'drain' ? 'Drain' : 'Remove'} ${opened.node.name}`}
          action={opened.kind === 'drain' ? 'Drain node' : 'Remove node'}
          {...(opened.kind === 'remove' ? { typed: opened.node.name } : {})}
          run={() => actOnNode(opened.node.id, opened.kind)}
          onDone={() => void client.invalidateQueries({ queryKey: ['nodes'] })}
          onClose={close}
          recipe={{
            cli: shellLine('perennial', 'node', opened.kind, opened.node.name),
            sdk: ownCall('POST', `/20260101/nodes/${opened.node.id}/actions/${opened.kind}`),
            sdkLabel: 'Request',
          }}
        >
          {opened.kind === 'drain'
            ? 'It takes no new load balancers. What it serves, it goes on serving until it is removed.'
            : 'It loses its rights at once and gets no renewals. Its proxy goes on with what it has until you stop it. To come back it must join anew.'}
        </Confirm>
      )}
    </>
  );
}

interface CardProps {
  node: SeenNode;
  listeners: ListenerOnNode[];
  pools: NodePool[];
  now: Date;
  ask: (kind: 'drain' | 'remove') => void;
}

function NodeCard({ node, listeners, pools, now, ask }: CardProps) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const verdict = verdictOf(node, now, listeners);
  const color = riskColor(verdict.risk);
  const Icon = ICONS[verdict.risk];
  const wanted = node.wantedCount ?? 0;
  const poll = async (): Promise<void> => {
    setError(undefined);
    try {
      await actOnNode(node.id, 'pollNow');
      await client.invalidateQueries({ queryKey: ['nodes'] });
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <Card withBorder radius="md" padding="md">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Group gap="xs" style={{ minWidth: 0 }}>
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
              {node.name}
            </Text>
            <Badge
              color={color}
              variant="light"
              tt="none"
              autoContrast
              leftSection={<Icon size={14} aria-hidden />}
            >
              {verdict.word}
            </Badge>
          </Group>
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Actions of ${node.name}`}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => void poll()}>
                Poll now
              </Menu.Item>
              <Menu.Item disabled={node.state !== 'ACTIVE'} onClick={() => ask('drain')}>
                Drain …
              </Menu.Item>
              <Menu.Item color="red" onClick={() => ask('remove')}>
                Remove …
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
        <div>
          <Group justify="space-between" mb={4}>
            <Text size="xs" c="dimmed">
              Certificates served and proved
            </Text>
            <Text size="xs" fw={500}>
              {servedOf(node)}
            </Text>
          </Group>
          <Progress
            value={wanted === 0 ? 0 : (100 * (node.servedCount ?? 0)) / wanted}
            color={color}
            size="sm"
            aria-label={`Served of what is wanted on ${node.name}`}
          />
        </div>
        <Text size="xs" c="dimmed">
          {verdict.reason}
        </Text>
        {listeners
          .filter(({ troubled }) => troubled)
          .map((one) => (
            <Text
              key={`${one.loadBalancerId} ${one.listenerName}`}
              size="sm"
              c={readable('red')}
              style={{ overflowWrap: 'anywhere' }}
            >
              <Given text={`${one.listenerName} of ${one.loadBalancerName}: ${one.reason ?? ''}`} />
            </Text>
          ))}
        <SimpleGrid component="dl" m={0} cols={2} spacing="xs">
          <Fact name="Last heard">
            <When time={node.timeLastSeen} now={now} />
          </Fact>
          <Fact name="Addresses">{node.addresses.join(', ') || '—'}</Fact>
          <Fact name="Node pools">{poolsOf(node, pools)}</Fact>
          <Fact name="Agent">{node.agentVersion ?? '—'}</Fact>
        </SimpleGrid>
        <FailureNote error={error} />
      </Stack>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text component="dt" size="xs" c="dimmed" fw={500}>
        {name}
      </Text>
      <Text component="dd" m={0} size="sm" style={{ overflowWrap: 'anywhere' }}>
        {typeof children === 'string' ? <Given text={children} /> : children}
      </Text>
    </div>
  );
}

const ICONS = {
  GREEN: IconCircleCheck,
  BLUE: IconProgress,
  AMBER: IconClockExclamation,
  RED: IconAlertTriangle,
  GREY: IconCircleDashed,
};

function Pools(props: { pools: NodePool[]; nodes: Node[]; create: () => void }) {
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} fz="lg">
          Node pools
        </Title>
        <Button variant="default" size="xs" onClick={props.create}>
          Create node pool
        </Button>
      </Group>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {props.pools.map((pool) => {
          const count = props.nodes.filter(({ nodePoolIds }) => nodePoolIds.includes(pool.id)).length;
          return (
            <Card key={pool.id} withBorder radius="md" padding="sm">
              <Text fw={500} style={{ overflowWrap: 'anywhere' }}>
                {pool.displayName}
              </Text>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {pool.addresses.join(', ')}
              </Text>
              <Text size="xs" c={count === 0 ? 'yellow' : 'dimmed'}>
                {count === 0 ? 'No node: nothing can answer here' : `${count} node${count > 1 ? 's' : ''}`}
              </Text>
            </Card>
          );
        })}
      </SimpleGrid>
    </Stack>
  );
}
