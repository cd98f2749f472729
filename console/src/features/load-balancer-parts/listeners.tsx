// SPDX-License-Identifier: Apache-2.0
// The listeners of a load balancer: what answers, with which certificate.
import { ActionIcon, Anchor, Badge, Button, Card, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconEdit, IconLock, IconLockOpen, IconPlugConnected, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';

import { getCertificate } from '../../api/certificates';
import type { ListenerOnNode } from '../../api/listener-states';
import { deleteListener, type Listener, type LoadBalancer } from '../../api/load-balancers';
import { Teach } from '../certificate-parts/teach';
import { When } from '../certificate-parts/when';
import { sdkCall, shellLine } from '../certificate-parts/words';
import { ListenerWindow } from '../listener-form/listener-form';
import { Confirm } from './confirm';
import { ListenerServing, useListenerStates } from './listener-serving';
import { WorkProgress } from './work-request';
import { LostRight } from './lost-right';
import { protocolOf } from './words';

interface Props {
  loadBalancer: LoadBalancer;
  etag: string | undefined;
  live: boolean;
}

type Opened = { kind: 'create' } | { kind: 'edit' | 'delete'; listener: Listener };

export function Listeners({ loadBalancer, etag, live }: Props) {
  const [opened, setOpened] = useState<Opened>();
  const [work, setWork] = useState<string>();
  const listeners = Object.values(loadBalancer.listeners).sort((a, b) => a.port - b.port);
  const noSet = Object.keys(loadBalancer.backendSets).length === 0;
  const states = useListenerStates(loadBalancer.id, 5000).data;
  const close = (): void => setOpened(undefined);
  const create = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={!live || noSet}
      onClick={() => setOpened({ kind: 'create' })}
    >
      Create listener
    </Button>
  );
  return (
    <Stack>
      {work !== undefined && (
        <WorkProgress id={work} doing="The listener is being taken away …" done="The listener is gone" />
      )}
      {listeners.length > 0 && <Group justify="flex-end">{create}</Group>}
      {listeners.map((listener) => (
        <Row
          key={listener.name}
          listener={listener}
          loadBalancerId={loadBalancer.id}
          states={states?.filter(({ listenerName }) => listenerName === listener.name)}
          live={live}
          onEdit={() => setOpened({ kind: 'edit', listener })}
          onDelete={() => setOpened({ kind: 'delete', listener })}
        />
      ))}
      {listeners.length === 0 && (
        <Teach
          icon={<IconPlugConnected size={28} />}
          title="Nothing answers yet"
          action={
            noSet ? (
              <Button component={Link} to="?tab=backend-sets">
                First, say where requests go
              </Button>
            ) : (
              create
            )
          }
          cli={
            shellLine('perennial', 'listener', 'create', '--lb', loadBalancer.displayName) +
            ' --name https --port 443 --certificate CERTIFICATE --backend-set app'
          }
        >
          A listener is a port that answers. Name a certificate in it, and that is all there is to do for
          HTTPS: fetching, proving and renewing follow by themselves.
        </Teach>
      )}
      {opened?.kind === 'create' && (
        <ListenerWindow loadBalancer={loadBalancer} etag={etag} onClose={close} />
      )}
      {opened?.kind === 'edit' && (
        <ListenerWindow
          loadBalancer={loadBalancer}
          etag={etag}
          listener={opened.listener}
          onClose={close}
        />
      )}
      {opened?.kind === 'delete' && (
        <Confirm
          title={`Delete listener ${opened.listener.name}`}
          action="Delete listener"
          run={async () => setWork(await deleteListener(loadBalancer.id, opened.listener.name))}
          onClose={close}
          recipe={{
            cli: shellLine(
              ...['perennial', 'listener', 'delete', opened.listener.name],
              ...['--lb', loadBalancer.displayName],
            ),
            sdk: sdkCall('loadBalancerClient', 'deleteListener', {
              loadBalancerId: loadBalancer.id,
              listenerName: opened.listener.name,
            }),
          }}
        >
          Port {opened.listener.port} stops answering. If no other listener of this load balancer names the
          certificate, the load balancer may no longer read it; the certificate itself stays.
        </Confirm>
      )}
    </Stack>
  );
}

interface RowProps {
  listener: Listener;
  loadBalancerId: string;
  // Of this listener; undefined while it is not known.
  states: ListenerOnNode[] | undefined;
  live: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function Row({ listener, loadBalancerId, states, live, onEdit, onDelete }: RowProps) {
  const tls = listener.sslConfiguration;
  const Lock = tls === undefined ? IconLockOpen : IconLock;
  return (
    <Card withBorder padding="md" radius="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="sm" wrap="nowrap" align="flex-start" style={{ minWidth: 0 }}>
          <Lock size={20} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
          <Stack gap={4} style={{ minWidth: 0 }}>
            <Group gap="xs">
              <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                {listener.name}
              </Text>
              <Badge variant="light" tt="none" color={tls === undefined ? 'gray' : 'teal'} autoContrast>
                {protocolOf(listener)} on port {listener.port}
              </Badge>
            </Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              to {listener.defaultBackendSetName}
              {tls !== undefined && ` · ${tls.protocols.join(', ').replaceAll('TLSv', 'TLS ')}`}
            </Text>
            {tls?.certificateIds.map((id) => (
              <CertificateOf key={id} id={id} loadBalancerId={loadBalancerId} live={live} />
            ))}
            {states !== undefined && <ListenerServing states={states} />}
          </Stack>
        </Group>
        <Group gap={4} wrap="nowrap">
          <Tooltip label="Edit">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              disabled={!live}
              aria-label={`Edit listener ${listener.name}`}
              onClick={onEdit}
            >
              <IconEdit size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Delete">
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              disabled={!live}
              aria-label={`Delete listener ${listener.name}`}
              onClick={onDelete}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
    </Card>
  );
}

// Who may see the load balancer may not always see its certificate: then the OCID is shown.
function CertificateOf({ id, loadBalancerId, live }: { id: string; loadBalancerId: string; live: boolean }) {
  const query = useQuery({
    queryKey: ['certificate', id, 'brief'],
    queryFn: ({ signal }) => getCertificate(id, signal),
    retry: false,
    staleTime: 30_000,
  });
  if (query.isLoadingError) {
    return (
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        Certificate {id} (no policy lets you see it, or it is gone)
      </Text>
    );
  }
  const it = query.data?.body;
  const version = it?.currentVersion;
  return (
    <>
      <Text size="sm" component="div">
        <Anchor component={Link} to={`/certificates/${encodeURIComponent(id)}`} inherit>
          {it?.name ?? 'Certificate'}
        </Anchor>
        {version?.validity !== undefined && (
          <Text span inherit c="dimmed">
            {' '}
            · version {version.versionNumber} · expires{' '}
            <When time={version.validity.timeOfValidityNotAfter} inherit withDay />
          </Text>
        )}
      </Text>
      {it !== undefined && live && (
        <LostRight certificateId={id} compartmentId={it.compartmentId} resourceId={loadBalancerId} />
      )}
    </>
  );
}
