// SPDX-License-Identifier: Apache-2.0
// Where requests go: the backend sets of a load balancer and their backends.
import { ActionIcon, Badge, Button, Card, Group, Stack, Table, Text, Tooltip } from '@mantine/core';
import {
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconEdit,
  IconPlus,
  IconProgress,
  IconRouteAltLeft,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';

import {
  type Backend,
  type BackendSet,
  deleteBackend,
  deleteBackendSet,
  type LoadBalancer,
} from '../../api/load-balancers';
import { Teach } from '../certificate-parts/teach';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { BackendSetWindow, BackendWindow } from '../load-balancer-form/backend-set-window';
import { Confirm } from './confirm';
import { WorkProgress } from './work-request';
import { healthInWords, policyInWords, usersOf } from './words';

type Opened =
  | { kind: 'create' }
  | { kind: 'add' | 'edit' | 'delete'; set: BackendSet }
  | { kind: 'remove'; set: BackendSet; backend: Backend };

interface Props {
  loadBalancer: LoadBalancer;
  etag: string | undefined;
  live: boolean;
}

export function BackendSets({ loadBalancer, etag, live }: Props) {
  const [opened, setOpened] = useState<Opened>();
  const [work, setWork] = useState<string>();
  const sets = Object.values(loadBalancer.backendSets).sort((a, b) => a.name.localeCompare(b.name));
  const close = (): void => setOpened(undefined);
  const create = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={!live}
      onClick={() => setOpened({ kind: 'create' })}
    >
      Create backend set
    </Button>
  );
  const lb = ['--lb', loadBalancer.displayName];
  return (
    <Stack>
      {work !== undefined && <WorkProgress id={work} doing="It is being taken away …" done="It is gone" />}
      {sets.length > 0 && <Group justify="flex-end">{create}</Group>}
      {sets.map((set) => (
        <SetCard
          key={set.name}
          set={set}
          users={usersOf(loadBalancer, set.name)}
          live={live}
          open={setOpened}
        />
      ))}
      {sets.length === 0 && (
        <Teach
          icon={<IconRouteAltLeft size={28} />}
          title="Requests have nowhere to go yet"
          action={create}
          cli={shellLine(
            ...['perennial', 'backend-set', 'create', ...lb],
            ...['--name', 'app', '--backend', '10.0.0.3:8080'],
          )}
        >
          A backend set is the servers that do the work, and how their health is checked. A listener sends
          requests to one.
        </Teach>
      )}
      {opened?.kind === 'create' && <BackendSetWindow loadBalancer={loadBalancer} onClose={close} />}
      {opened?.kind === 'edit' && (
        <BackendSetWindow loadBalancer={loadBalancer} set={opened.set} etag={etag} onClose={close} />
      )}
      {opened?.kind === 'add' && (
        <BackendWindow loadBalancer={loadBalancer} set={opened.set.name} onClose={close} />
      )}
      {opened?.kind === 'delete' && (
        <Confirm
          title={`Delete backend set ${opened.set.name}`}
          action="Delete backend set"
          run={async () => setWork(await deleteBackendSet(loadBalancer.id, opened.set.name))}
          onClose={close}
          recipe={{
            cli: shellLine('perennial', 'backend-set', 'delete', opened.set.name, ...lb),
            sdk: sdkCall('loadBalancerClient', 'deleteBackendSet', {
              loadBalancerId: loadBalancer.id,
              backendSetName: opened.set.name,
            }),
          }}
        >
          Its {opened.set.backends.length} backends are forgotten. No listener sends requests to it.
        </Confirm>
      )}
      {opened?.kind === 'remove' && (
        <Confirm
          title={`Remove ${opened.backend.name}`}
          action="Remove backend"
          run={async () =>
            setWork(await deleteBackend(loadBalancer.id, opened.set.name, opened.backend.name))
          }
          onClose={close}
          recipe={{
            cli: shellLine(
              ...['perennial', 'backend', 'remove', opened.backend.name, ...lb],
              ...['--set', opened.set.name],
            ),
            sdk: sdkCall('loadBalancerClient', 'deleteBackend', {
              loadBalancerId: loadBalancer.id,
              backendSetName: opened.set.name,
              backendName: opened.backend.name,
            }),
          }}
        >
          {opened.set.backends.length === 1
            ? `It is the last one of ${opened.set.name}: requests get 503 until there is another.`
            : 'New requests go to the others; those that it works on are finished.'}
        </Confirm>
      )}
    </Stack>
  );
}

interface CardProps {
  set: BackendSet;
  users: string[];
  live: boolean;
  open: (opened: Opened) => void;
}

function SetCard({ set, users, live, open }: CardProps) {
  const used = users.length > 0;
  return (
    <Card withBorder padding="md" radius="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={2} style={{ minWidth: 0 }}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {set.name}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {policyInWords(set.policy)} · {healthInWords(set)} ·{' '}
            {used ? `used by ${users.join(', ')}` : 'used by no listener'}
          </Text>
        </Stack>
        <Group gap={4} wrap="nowrap">
          <Button
            variant="light"
            size="xs"
            disabled={!live}
            onClick={() => open({ kind: 'add', set })}
            aria-label={`Add backend to ${set.name}`}
          >
            Add backend
          </Button>
          <Tooltip label="Edit">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              disabled={!live}
              aria-label={`Edit backend set ${set.name}`}
              onClick={() => open({ kind: 'edit', set })}
            >
              <IconEdit size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={used ? `A listener uses it: ${users.join(', ')}` : 'Delete'}>
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              disabled={!live}
              {...(used ? { 'data-disabled': true } : {})}
              aria-disabled={used}
              aria-label={`Delete backend set ${set.name}`}
              onClick={() => !used && open({ kind: 'delete', set })}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <Table mt="sm" verticalSpacing={6} hidden={set.backends.length === 0}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Backend</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="xs">Weight</Table.Th>
            <Table.Th w={44} aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {set.backends.map((backend) => (
            <Table.Tr key={backend.name}>
              <Table.Td ff="monospace" fz="sm" style={{ overflowWrap: 'anywhere' }}>
                {backend.name}
              </Table.Td>
              <Table.Td>
                <BackendState backend={backend} />
              </Table.Td>
              <Table.Td visibleFrom="xs">{backend.weight ?? 1}</Table.Td>
              <Table.Td>
                <ActionIcon
                  variant="subtle"
                  color="red"
                  disabled={!live}
                  aria-label={`Remove backend ${backend.name}`}
                  onClick={() => open({ kind: 'remove', set, backend })}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {set.backends.length === 0 && (
        <Text size="sm" c="dimmed" py="xs">
          No backend yet: requests get 503.
        </Text>
      )}
    </Card>
  );
}

// What was ordered of it; the proxies check its health themselves.
function BackendState({ backend }: { backend: Backend }) {
  const [color, word, Icon] = backend.offline
    ? (['gray', 'Offline', IconCircleX] as const)
    : backend.drain
      ? (['yellow', 'Draining', IconProgress] as const)
      : backend.backup
        ? (['blue', 'Backup', IconCircleDashed] as const)
        : (['teal', 'In use', IconCircleCheck] as const);
  return (
    <Badge variant="light" color={color} autoContrast leftSection={<Icon size={14} aria-hidden />}>
      {word}
    </Badge>
  );
}
