// SPDX-License-Identifier: Apache-2.0
// How a node joins: one command, which turns green here when the node has appeared.
import { Alert, Button, Group, Loader, Modal, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { createNodeToken, listNodes, type NodePool, type NodeToken } from '../../api/nodes';
import { CopyableCode, CopyAs } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { When } from '../certificate-parts/when';
import { ownCall, shellLine } from '../certificate-parts/words';
import { joinLine, newcomer } from '../node-parts/words';

const CLOSE = { 'aria-label': 'Close' };
const LIFE_S = 3600;

interface Props {
  pools: NodePool[];
  known: ReadonlySet<string>;
  onClose: () => void;
}

export function JoinWindow({ pools, known, onClose }: Props) {
  const [poolId, setPoolId] = useState(pools[0]?.id ?? '');
  const [name, setName] = useState('edge-1');
  const [address, setAddress] = useState(pools[0]?.addresses[0] ?? '');
  const [token, setToken] = useState<NodeToken>();
  const [before, setBefore] = useState<ReadonlySet<string>>(known);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const pool = pools.find(({ id }) => id === poolId);
  const body = { nodePoolIds: [poolId], productKinds: ['loadbalancer'], expiresInSeconds: LIFE_S };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      setBefore(new Set(known));
      setToken(await createNodeToken(body));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Add a node" size="lg" closeButtonProps={CLOSE}>
      {token === undefined ? (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Text size="sm" c="dimmed">
              A node is a host with a proxy and the agent beside it. It joins once, by a token that works
              for an hour; its private key is made there and never leaves it.
            </Text>
            <Select
              label="Node pool"
              description="Load balancers of this pool come to live on the node"
              data={pools.map(({ id, displayName }) => ({ value: id, label: displayName }))}
              value={poolId}
              allowDeselect={false}
              onChange={(id) => {
                if (id === null) return;
                setPoolId(id);
                setAddress(pools.find((one) => one.id === id)?.addresses[0] ?? '');
              }}
              data-autofocus
            />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput
                label="Name of the node"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                required
              />
              <TextInput
                label="Its address"
                value={address}
                onChange={(event) => setAddress(event.currentTarget.value)}
                required
              />
            </SimpleGrid>
            <FailureNote error={error} />
            <Group justify="flex-end">
              <CopyAs
                recipe={{
                  cli: shellLine(
                    ...['perennial', 'node', 'token', 'create', '--pool', pool?.displayName ?? 'POOL'],
                    ...['--kind', 'loadbalancer'],
                  ),
                  sdk: ownCall('POST', '/20260101/nodeTokens', body),
                  sdkLabel: 'Request',
                }}
              />
              <Button type="submit" loading={busy}>
                Make a join token
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <Text size="sm">On the new node, as root:</Text>
          <CopyableCode
            text={joinLine(token, { url: location.origin, name, address })}
            label="Copy the join command"
          />
          <Text size="xs" c="dimmed">
            Shown this once. It works once, and ends <When time={token.timeExpires} inherit />.
          </Text>
          <Text size="sm">Then start the agent:</Text>
          <CopyableCode
            text="sudo systemctl enable --now perennial-agent"
            label="Copy the command that starts the agent"
          />
          <Arrival poolId={poolId} before={before} />
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function Arrival({ poolId, before }: { poolId: string; before: ReadonlySet<string> }) {
  const nodes = useQuery({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => listNodes(signal),
    refetchInterval: 1500,
  });
  const node = newcomer(nodes.data ?? [], before, poolId);
  if (node !== undefined) {
    return (
      <Alert
        color="teal"
        icon={<IconCircleCheck aria-hidden />}
        title={`${node.name} has joined`}
        role="status"
      >
        <Text size="sm">
          {node.timeLastSeen === undefined
            ? 'Waiting for its agent to speak …'
            : 'Its agent speaks; load balancers of the pool are coming to it.'}
        </Text>
      </Alert>
    );
  }
  return (
    <Group gap="sm" role="status" wrap="nowrap">
      <Loader size="sm" type="dots" aria-hidden />
      <Text size="sm" c="dimmed">
        Waiting for the node. This turns green when it has joined.
      </Text>
    </Group>
  );
}
