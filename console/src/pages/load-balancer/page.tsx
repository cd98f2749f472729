// SPDX-License-Identifier: Apache-2.0
// One load balancer: where it answers, what it serves, where requests go, and what was ordered of it.
import { Anchor, Button, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';

import { deleteLoadBalancer, getLoadBalancer, type LoadBalancer } from '../../api/load-balancers';
import { listNodePools } from '../../api/nodes';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Facts } from '../../features/certificate-parts/facts';
import { Given } from '../../features/certificate-parts/given';
import { Heading } from '../../features/certificate-parts/heading';
import { TabList } from '../../features/certificate-parts/tab-list';
import { When } from '../../features/certificate-parts/when';
import { sdkCall, shellLine } from '../../features/certificate-parts/words';
import { BackendSets } from '../../features/load-balancer-parts/backend-sets';
import { Confirm } from '../../features/load-balancer-parts/confirm';
import { Listeners } from '../../features/load-balancer-parts/listeners';
import { StateBadge } from '../../features/load-balancer-parts/state';
import { WorkRequests } from '../../features/load-balancer-parts/work-requests';

const TABS = [
  ['listeners', 'Listeners'],
  ['backend-sets', 'Backend sets'],
  ['work', 'Work requests'],
] as const;

export default function LoadBalancerPage() {
  const id = useParams()['loadBalancerId'] ?? '';
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const [deleting, setDeleting] = useState(false);
  const query = useQuery({
    queryKey: ['load-balancer', id],
    queryFn: ({ signal }) => getLoadBalancer(id, signal),
    refetchInterval: 10_000,
    retry: false,
  });
  const above = [{ text: 'Load balancers', to: '/load-balancers' }];
  if (query.data === undefined) {
    return (
      <>
        <Heading title="Load balancer" above={above} />
        {query.isPending ? (
          <Stack>
            <Skeleton height={72} radius="md" />
            <Skeleton height={240} radius="md" />
          </Stack>
        ) : (
          <FailureNote error={query.error} retry={() => void query.refetch()} />
        )}
      </>
    );
  }
  const { body: it, etag } = query.data;
  const live = it.lifecycleState === 'ACTIVE';
  return (
    <>
      <Heading
        title={it.displayName}
        above={above}
        beside={<StateBadge state={it.lifecycleState} />}
        actions={
          <Button
            variant="default"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={it.lifecycleState === 'DELETING'}
            onClick={() => setDeleting(true)}
          >
            Delete …
          </Button>
        }
      />
      <Stack gap="lg">
        {query.isError && <FailureNote error={query.error} retry={() => void query.refetch()} />}
        <About it={it} />
        <Tabs
          value={parameters.get('tab') ?? 'listeners'}
          onChange={(tab) => setParameters(tab === null ? {} : { tab }, { replace: true })}
          keepMounted={false}
        >
          <TabList tabs={TABS} value={parameters.get('tab') ?? 'listeners'} />
          <Tabs.Panel value="listeners">
            <Listeners loadBalancer={it} etag={etag} live={live} />
          </Tabs.Panel>
          <Tabs.Panel value="backend-sets">
            <BackendSets loadBalancer={it} etag={etag} live={live} />
          </Tabs.Panel>
          <Tabs.Panel value="work">
            <WorkRequests loadBalancerId={it.id} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
      {deleting && (
        <Confirm
          title={
            <>
              Delete <Given text={it.displayName} />
            </>
          }
          action="Delete load balancer"
          typed={it.displayName}
          run={() => deleteLoadBalancer(it.id)}
          onClose={() => setDeleting(false)}
          onDone={() => void navigate('/load-balancers')}
          recipe={{
            cli: shellLine('perennial', 'load-balancer', 'delete', it.displayName),
            sdk: sdkCall('loadBalancerClient', 'deleteLoadBalancer', { loadBalancerId: it.id }),
          }}
        >
          Its {Object.keys(it.listeners).length} listeners stop answering, and it loses the right to read
          their certificates. The certificates themselves stay. This cannot be undone.
        </Confirm>
      )}
    </>
  );
}

function About({ it }: { it: LoadBalancer }) {
  const pools = useQuery({
    queryKey: ['node-pools'],
    queryFn: ({ signal }) => listNodePools(signal),
    retry: false,
  });
  const pool = it.subnetIds[0];
  const name = pools.data?.find(({ id }) => id === pool)?.displayName;
  return (
    <Facts
      cols={4}
      items={[
        ['Answers on', it.ipAddresses.map(({ ipAddress }) => ipAddress).join(', ') || '—'],
        [
          'Node pool',
          <Anchor key="pool" component={Link} to="/nodes" inherit>
            {name ?? pool ?? '—'}
          </Anchor>,
        ],
        ['Created', <When key="created" time={it.timeCreated} withDay />],
        [
          'OCID',
          <Group key="id" gap={4} wrap="nowrap">
            <Text span ff="monospace" size="xs" style={{ overflowWrap: 'anywhere' }}>
              {it.id}
            </Text>
          </Group>,
        ],
      ]}
    />
  );
}
