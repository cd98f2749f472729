// SPDX-License-Identifier: Apache-2.0
// Load balancers: what answers where, and what it serves.
import { Anchor, Button, Select, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconPlus, IconServer2 } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import { listLoadBalancers, type LoadBalancer } from '../../api/load-balancers';
import { usePlaces } from '../../features/access-parts/tenancy';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Given } from '../../features/certificate-parts/given';
import { Heading } from '../../features/certificate-parts/heading';
import { TableCard } from '../../features/certificate-parts/table-card';
import { Teach } from '../../features/certificate-parts/teach';
import { When } from '../../features/certificate-parts/when';
import { CreateLoadBalancer } from '../../features/load-balancer-form/create';
import { listenersInWords } from '../../features/load-balancer-parts/words';
import { StateBadge } from '../../features/load-balancer-parts/state';

export default function LoadBalancersPage() {
  const { session, places, error } = usePlaces();
  const [parameters, setParameters] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const only = parameters.get('compartment');
  const shown = only === null ? places : places.filter(({ id }) => id === only);
  const lists = useQueries({
    queries: shown.map(({ id }) => ({
      queryKey: ['load-balancers', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => listLoadBalancers(id, signal),
      retry: false,
      refetchInterval: 10_000,
    })),
  });
  const items = lists
    .flatMap(({ data }) => data ?? [])
    .filter(({ lifecycleState }) => lifecycleState !== 'DELETED')
    .sort((a, b) => a.displayName.localeCompare(b.displayName));
  const pending = places.length === 0 || lists.some(({ isPending }) => isPending);
  // Somebody may read one compartment and not another; only where all refuse is it an error.
  const refused = lists.filter(({ isLoadingError }) => isLoadingError);
  const failed = lists.length > 0 && refused.length === lists.length ? refused[0]?.error : undefined;
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      Create load balancer
    </Button>
  );
  return (
    <>
      <Heading title="Load balancers" actions={items.length > 0 ? create : undefined} />
      <Stack gap="sm">
        {places.length > 1 && (
          <Select
            aria-label="Compartment"
            placeholder="Every compartment"
            data={places.map(({ id, name }) => ({ value: id, label: name }))}
            value={only}
            clearable
            maw={280}
            onChange={(id) => setParameters(id === null ? {} : { compartment: id })}
          />
        )}
        <FailureNote error={error ?? failed} />
        {failed === undefined && refused.length > 0 && (
          <Text size="xs" c="dimmed">
            {refused.length} compartment{refused.length > 1 ? 's are' : ' is'} not shown: no policy lets
            you look into {refused.length > 1 ? 'them' : 'it'}.
          </Text>
        )}
        {pending && failed === undefined && error === undefined ? (
          [0, 1, 2].map((row) => <Skeleton key={row} height={56} radius="md" />)
        ) : items.length > 0 ? (
          <Rows items={items} />
        ) : (
          failed === undefined &&
          error === undefined && (
            <Teach
              icon={<IconServer2 size={28} />}
              title="No load balancer yet"
              action={create}
              cli="perennial load-balancer create --name shop-front --pool edge"
            >
              A load balancer lives on the nodes of a pool. Give it a listener that names a certificate,
              and HTTPS works from then on, renewals included.
            </Teach>
          )
        )}
      </Stack>
      {creating && session !== undefined && (
        <CreateLoadBalancer
          places={places}
          compartmentId={only ?? session.tenancyId}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  );
}

function Rows({ items }: { items: LoadBalancer[] }) {
  return (
    <TableCard label="Load balancers" head={['Name', 'State', 'Answers on', 'Listeners', 'Created']}>
      {items.map((item) => (
        <Table.Tr key={item.id}>
          <Table.Td>
            <Anchor
              component={Link}
              to={`/load-balancers/${encodeURIComponent(item.id)}`}
              fw={500}
              size="sm"
              style={{ overflowWrap: 'anywhere' }}
            >
              <Given text={item.displayName} />
            </Anchor>
          </Table.Td>
          <Table.Td data-label="State">
            <StateBadge state={item.lifecycleState} />
          </Table.Td>
          <Table.Td data-label="Answers on">
            <Text size="sm">{item.ipAddresses.map(({ ipAddress }) => ipAddress).join(', ')}</Text>
          </Table.Td>
          <Table.Td data-label="Listeners">
            <Text size="sm">{listenersInWords(item)}</Text>
          </Table.Td>
          <Table.Td data-label="Created">
            <When time={item.timeCreated} size="sm" />
          </Table.Td>
        </Table.Tr>
      ))}
    </TableCard>
  );
}
