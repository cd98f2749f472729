// SPDX-License-Identifier: Apache-2.0
// One certificate: what it is, who uses it, what is served, who read its key, what was done.
import {
  Anchor,
  Badge,
  Button,
  Card,
  CopyButton,
  Group,
  Menu,
  Modal,
  Skeleton,
  Stack,
  Tabs,
  Text,
  Title,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconCopy, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearchParams } from 'react-router';

import {
  type Certificate,
  getCertificate,
  type InventoryItem,
  inventoryRow,
  renewCertificate,
} from '../../api/certificates';
import { ActivityPanel } from '../../features/certificate-panels/activity-panel';
import { AssociationsPanel } from '../../features/certificate-panels/associations-panel';
import { AuthorityName } from '../../features/certificate-panels/authority-name';
import { KeyReadersPanel } from '../../features/certificate-panels/key-readers-panel';
import { VersionsPanel } from '../../features/certificate-panels/versions-panel';
import { CopyAs } from '../../features/certificate-parts/copy-as';
import { Facts } from '../../features/certificate-parts/facts';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Given } from '../../features/certificate-parts/given';
import { Heading } from '../../features/certificate-parts/heading';
import { Hex } from '../../features/certificate-parts/hex';
import { RiskBadge } from '../../features/certificate-parts/risk';
import { TabList } from '../../features/certificate-parts/tab-list';
import { Day, Said, When } from '../../features/certificate-parts/when';
import { capital, inWords, ownCall, shellLine } from '../../features/certificate-parts/words';
import { counted, durationInWords } from '../../features/certificate-renewal/duration';
import {
  EditRules,
  lifetimeOf,
  ruleInWords,
  ruleOf,
} from '../../features/certificate-renewal/edit-rules';
import { DeletionBanner } from '../../features/deletion-window/deletion-banner';
import { DeletionWindow } from '../../features/deletion-window/deletion-window';
import { RolloutPanel } from '../../features/rollout-view/rollout-panel';

// useRow is the certificate's row of the inventory: risk, what happens next, nodes.
function useRow(certificate: Certificate | undefined) {
  return useQuery({
    queryKey: ['inventory', 'one', certificate?.id],
    queryFn: async ({ signal }) =>
      certificate === undefined ? null : ((await inventoryRow(certificate, signal)) ?? null),
    enabled: certificate !== undefined,
    refetchInterval: 10_000,
  });
}

function RenewNow({ certificate, opened, onClose, onDone }: {
  certificate: Certificate;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const queries = useQueryClient();
  const renew = useMutation({
    mutationFn: () => renewCertificate(certificate.id),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Renew now?">
      <Stack gap="md">
        <Text size="sm">
          A new version with a new key is issued at once, proved on a few nodes, then on all, and
          becomes current. Nothing is interrupted; the Rollout tab shows it happen.
        </Text>
        <FailureNote error={renew.error} />
        <Group justify="flex-end">
          <CopyAs
            recipe={{
              cli: shellLine('perennial', 'certificate', 'renew', certificate.name),
              sdk: ownCall('POST', `/20260101/certificates/${certificate.id}/actions/renew`, {}),
              sdkLabel: 'Request',
            }}
          />
          <Button loading={renew.isPending} onClick={() => renew.mutate()} data-autofocus>
            Renew now
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function NextCard({ row, certificate }: { row: InventoryItem; certificate: Certificate }) {
  const end = certificate.currentVersion?.validity?.timeOfValidityNotAfter ?? row.timeOfExpiry;
  return (
    <Card withBorder radius="md" padding="lg">
      <Group justify="space-between" align="flex-start" gap="lg">
        <Stack gap={4} flex={2} miw={200}>
          <RiskBadge risk={row.risk} />
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            <Said text={row.reason} />
          </Text>
        </Stack>
        <Stack gap={2} flex={1} miw={140}>
          <Text size="xs" c="dimmed" fw={500}>
            Expires
          </Text>
          <When time={end} fw={600} />
          <Text size="xs" c="dimmed">
            <Day time={end} />
          </Text>
        </Stack>
        <Stack gap={2} flex={1.5} miw={160}>
          <Text size="xs" c="dimmed" fw={500}>
            What happens next
          </Text>
          <Text fw={600}>
            <Given text={capital(row.next.text)} />
          </Text>
          {row.next.time !== undefined && (
            <When time={row.next.time} size="xs" c="dimmed" withDay />
          )}
        </Stack>
        <Stack gap={2} flex={1} miw={120}>
          <Text size="xs" c="dimmed" fw={500}>
            Served by
          </Text>
          <Text fw={600}>
            {row.associationCount === 0
              ? 'Nobody'
              : `${row.nodesServing} of ${counted(row.nodesServing + row.nodesOwing, 'node')}`}
          </Text>
          {row.associationCount === 0 ? (
            <Text size="xs" c="dimmed">
              used nowhere
            </Text>
          ) : (
            <Anchor component={Link} to="?tab=associations" size="xs">
              used by {counted(row.associationCount, 'resource')}
            </Anchor>
          )}
        </Stack>
      </Group>
    </Card>
  );
}

function Overview({ certificate, row, onEdit }: {
  certificate: Certificate;
  row: InventoryItem | null | undefined;
  onEdit: () => void;
}) {
  const { currentVersion: current, subject } = certificate;
  const names = current?.subjectAlternativeNames ?? [];
  return (
    <Stack gap="md">
      {row !== null && row !== undefined && <NextCard row={row} certificate={certificate} />}
      <Card withBorder radius="md" padding="lg">
        <Group gap={6} mb="lg">
          {names.map(({ type, value }) => (
            <Badge key={`${type}${value}`} variant="light" tt="none" radius="sm" maw="100%" size="lg">
              {value}
            </Badge>
          ))}
        </Group>
        <Facts
          cols={3}
          items={[
            ['Common name', subject?.commonName ?? '—'],
            ['Organization', subject?.organization],
            ['Issued by', <AuthorityName key="a" id={certificate.issuerCertificateAuthorityId} />],
            ['Current version', current?.versionNumber ?? '—'],
            ['Lives', durationInWords(lifetimeOf(certificate))],
            ['Key', inWords(certificate.keyAlgorithm)],
            ['Signature', inWords(certificate.signatureAlgorithm)],
            ['For use as', inWords(certificate.certificateProfileType)],
            ['Kind', inWords(certificate.configType)],
            [
              'Serial number',
              current?.serialNumber && <Hex key="s" text={current.serialNumber} what="serial number" />,
              'wide',
            ],
            [
              'Fingerprint, SHA-256',
              row?.fingerprint && <Hex key="f" text={row.fingerprint} what="fingerprint" />,
              'wide',
            ],
            ['Created', <When key="c" time={certificate.timeCreated} withDay inherit />],
            ['Description', certificate.description, 'wide'],
          ]}
        />
      </Card>
      <Card withBorder radius="md" padding="lg">
        <Group justify="space-between">
          <div>
            <Title order={2} fz="md">
              Renewal
            </Title>
            <Text size="sm" c="dimmed">
              {ruleInWords(ruleOf(certificate.certificateRules))}
            </Text>
          </div>
          <Button
            variant="default"
            size="xs"
            onClick={onEdit}
            disabled={certificate.lifecycleState !== 'ACTIVE'}
          >
            Edit the rule
          </Button>
        </Group>
      </Card>
    </Stack>
  );
}

const TABS = [
  ['overview', 'Overview'],
  ['versions', 'Versions'],
  ['associations', 'Associations'],
  ['rollout', 'Rollout'],
  ['readers', 'Who read the key'],
  ['activity', 'Activity'],
] as const;

export default function CertificatePage() {
  const params = useParams();
  const id = params['certificateId'] ?? params['id'] ?? '';
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find(([value]) => value === search.get('tab'))?.[0] ?? 'overview';
  const show = (next: string | null): void =>
    setSearch(next === null || next === 'overview' ? {} : { tab: next }, { replace: true });
  const [renewing, renew] = useDisclosure(false);
  const [editing, edit] = useDisclosure(false);
  const [deleting, del] = useDisclosure(false);
  const query = useQuery({
    queryKey: ['certificate', id],
    queryFn: ({ signal }) => getCertificate(id, signal),
    refetchInterval: 15_000,
  });
  const certificate = query.data?.body;
  const row = useRow(certificate).data;
  const users = row?.associationCount ?? 0;
  const above = [{ text: 'Certificates', to: '/certificates' }];
  if (certificate === undefined) {
    return (
      <>
        <Heading title="Certificate" above={above} />
        {query.isError ? (
          <FailureNote error={query.error} retry={() => void query.refetch()} />
        ) : (
          <Skeleton height={320} radius="md" />
        )}
      </>
    );
  }
  const etag = query.data?.etag ?? null;
  const active = certificate.lifecycleState === 'ACTIVE';
  return (
    <>
      <Heading
        title={certificate.name}
        above={above}
        beside={
          active ? (
            row !== undefined &&
            row !== null && <RiskBadge risk={row.risk} reason={row.reason} />
          ) : (
            <Badge color="gray" tt="none">
              {inWords(certificate.lifecycleState)}
            </Badge>
          )
        }
        actions={
          <>
            <Button
              leftSection={<IconRefresh size={16} aria-hidden />}
              disabled={!active}
              onClick={renew.open}
            >
              Renew now
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>
                  More
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item disabled={!active} onClick={edit.open}>
                  Edit the renewal rule
                </Menu.Item>
                <CopyButton value={certificate.id}>
                  {({ copied, copy }) => (
                    <Menu.Item leftSection={<IconCopy size={14} aria-hidden />} onClick={copy}>
                      {copied ? 'Copied' : 'Copy the OCID'}
                    </Menu.Item>
                  )}
                </CopyButton>
                <Menu.Divider />
                <Menu.Item
                  color="red"
                  disabled={!active}
                  leftSection={<IconTrash size={14} aria-hidden />}
                  onClick={del.open}
                >
                  Delete …
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <DeletionBanner
        kind="certificate"
        id={id}
        lifecycleState={certificate.lifecycleState}
        timeOfDeletion={certificate.timeOfDeletion}
      />
      {query.isError && (
        <FailureNote error={query.error} retry={() => void query.refetch()} />
      )}
      <Tabs value={tab} onChange={show} keepMounted={false}>
        <TabList tabs={TABS} value={tab} />
        <Tabs.Panel value="overview">
          <Overview certificate={certificate} row={row} onEdit={edit.open} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsPanel certificate={certificate} etag={etag} />
        </Tabs.Panel>
        <Tabs.Panel value="associations">
          <AssociationsPanel id={id} name={certificate.name} count={users} />
        </Tabs.Panel>
        <Tabs.Panel value="rollout">
          <RolloutPanel certificate={certificate} />
        </Tabs.Panel>
        <Tabs.Panel value="readers">
          <KeyReadersPanel id={id} name={certificate.name} count={users} />
        </Tabs.Panel>
        <Tabs.Panel value="activity">
          <ActivityPanel id={id} compartmentId={certificate.compartmentId} />
        </Tabs.Panel>
      </Tabs>
      <RenewNow
        certificate={certificate}
        opened={renewing}
        onClose={renew.close}
        onDone={() => {
          renew.close();
          show('rollout');
        }}
      />
      {editing && <EditRules certificate={certificate} etag={etag} onClose={edit.close} />}
      <DeletionWindow
        target={{ kind: 'certificate', id, name: certificate.name }}
        opened={deleting}
        onClose={del.close}
      />
    </>
  );
}
