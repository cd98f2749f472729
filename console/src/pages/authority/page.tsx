// SPDX-License-Identifier: Apache-2.0
// One authority: its rules, what is below it, how long it lasts.
import { Badge, Button, Card, List, Skeleton, Stack, Tabs, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCircleCheck, IconClockX, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearchParams } from 'react-router';

import { type Authority, getAuthority, longestLeaf } from '../../api/certificates';
import { RoomBar } from '../../features/authority-tree/room-bar';
import { expiryOf, rulesInWords } from '../../features/authority-tree/tree';
import { ActivityPanel } from '../../features/certificate-panels/activity-panel';
import { AssociationsPanel } from '../../features/certificate-panels/associations-panel';
import { AuthorityName } from '../../features/certificate-panels/authority-name';
import { CopyableCode } from '../../features/certificate-parts/copy-as';
import { Facts } from '../../features/certificate-parts/facts';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Heading } from '../../features/certificate-parts/heading';
import { TabList } from '../../features/certificate-parts/tab-list';
import { Hex } from '../../features/certificate-parts/hex';
import { readable } from '../../features/certificate-parts/readable';
import { useAuthorities } from '../../features/certificate-parts/authorities';
import { When } from '../../features/certificate-parts/when';
import { inWords, shellLine } from '../../features/certificate-parts/words';
import { DeletionBanner } from '../../features/deletion-window/deletion-banner';
import { DeletionWindow } from '../../features/deletion-window/deletion-window';

function Overview({ authority }: { authority: Authority }) {
  const rules = rulesInWords(authority.certificateAuthorityRules);
  const version = authority.currentVersion;
  return (
    <Stack gap="md">
      <Card withBorder radius="md" padding="lg">
        <Facts
          cols={3}
          items={[
            ['Common name', authority.subject?.commonName ?? '—'],
            ['Organization', authority.subject?.organization],
            [
              'Signed by',
              authority.issuerCertificateAuthorityId === undefined ||
              authority.issuerCertificateAuthorityId === authority.id ? (
                'itself'
              ) : (
                <AuthorityName key="i" id={authority.issuerCertificateAuthorityId} />
              ),
            ],
            ['Expires', <When key="e" time={expiryOf(authority)} withDay inherit />],
            ['Kind', inWords(authority.configType)],
            ['Signs with', inWords(authority.signingAlgorithm)],
            [
              'Serial number',
              version?.serialNumber && <Hex key="s" text={version.serialNumber} what="serial number" />,
              'wide',
            ],
            ['Created', <When key="c" time={authority.timeCreated} withDay inherit />],
            ['Description', authority.description, 'wide'],
          ]}
        />
      </Card>
      <Card withBorder radius="md" padding="lg">
        <Title order={2} fz="md" mb="xs">
          How long it can issue
        </Title>
        <RoomBar authority={authority} />
      </Card>
      <Card withBorder radius="md" padding="lg">
        <Title order={2} fz="md" mb="xs">
          Rules
        </Title>
        {rules.length === 0 ? (
          <Text size="sm" c="dimmed">
            None of its own. Its issuer's rules hold for it too.
          </Text>
        ) : (
          <List size="sm" spacing={4}>
            {rules.map((rule) => (
              <List.Item key={rule} style={{ overflowWrap: 'anywhere' }}>
                {rule}
              </List.Item>
            ))}
          </List>
        )}
      </Card>
      <Card withBorder radius="md" padding="lg">
        <Title order={2} fz="md" mb="xs">
          Its certificate
        </Title>
        <CopyableCode
          text={shellLine(
            ...['perennial', 'ca', 'bundle', authority.name, '--out', `${authority.name}.pem`],
          )}
          label="Copy the command"
        />
      </Card>
    </Stack>
  );
}

const TABS = [
  ['overview', 'Overview'],
  ['associations', 'Associations'],
  ['activity', 'Activity'],
] as const;

export default function AuthorityPage() {
  const params = useParams();
  const id = params['authorityId'] ?? params['id'] ?? '';
  const [search, setSearch] = useSearchParams();
  const [deleting, del] = useDisclosure(false);
  const query = useQuery({
    queryKey: ['authority', id],
    queryFn: ({ signal }) => getAuthority(id, signal),
    refetchInterval: 15_000,
  });
  const authorities = useAuthorities();
  const leaf = useQuery({
    queryKey: ['longest-leaf', id],
    queryFn: async ({ signal }) => (await longestLeaf(id, signal)) ?? null,
    staleTime: 30_000,
  });
  const authority = query.data?.body;
  const above = [{ text: 'Authorities', to: '/authorities' }];
  if (authority === undefined) {
    return (
      <>
        <Heading title="Authority" above={above} />
        {query.isError ? (
          <FailureNote error={query.error} retry={() => void query.refetch()} />
        ) : (
          <Skeleton height={320} radius="md" />
        )}
      </>
    );
  }
  const active = authority.lifecycleState === 'ACTIVE';
  const below = (authorities.data ?? [])
    .filter((one) => one.id !== id && one.issuerCertificateAuthorityId === id)
    .map((one) => ({ text: one.name, to: `/authorities/${encodeURIComponent(one.id)}` }));
  const leaves =
    leaf.data === null || leaf.data === undefined
      ? []
      : [{ text: leaf.data.name, to: `/certificates/${encodeURIComponent(leaf.data.id)}` }];
  const tab = search.get('tab') ?? 'overview';
  return (
    <>
      <Heading
        title={authority.name}
        above={above}
        beside={
          <Badge
            color={active ? 'teal' : 'gray'}
            c={readable(active ? 'teal' : 'gray')}
            variant="light"
            tt="none"
            leftSection={active ? <IconCircleCheck size={14} aria-hidden /> : <IconClockX size={14} aria-hidden />}
          >
            {inWords(authority.lifecycleState)}
          </Badge>
        }
        actions={
          <>
            <Button
              component={Link}
              to={`/certificates/new?issuer=${encodeURIComponent(id)}`}
              leftSection={<IconPlus size={16} aria-hidden />}
              disabled={!active}
            >
              Issue a certificate
            </Button>
            <Button
              variant="default"
              color="red"
              disabled={!active}
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={del.open}
            >
              Delete …
            </Button>
          </>
        }
      />
      <DeletionBanner
        kind="authority"
        id={id}
        lifecycleState={authority.lifecycleState}
        timeOfDeletion={authority.timeOfDeletion}
      />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) =>
          setSearch(next === null || next === 'overview' ? {} : { tab: next }, { replace: true })
        }
      >
        <TabList tabs={TABS} value={tab} />
        <Tabs.Panel value="overview">
          <Overview authority={authority} />
        </Tabs.Panel>
        <Tabs.Panel value="associations">
          <AssociationsPanel id={id} name={authority.name} />
        </Tabs.Panel>
        <Tabs.Panel value="activity">
          <ActivityPanel id={id} compartmentId={authority.compartmentId} />
        </Tabs.Panel>
      </Tabs>
      <DeletionWindow
        target={{ kind: 'authority', id, name: authority.name, issued: [...below, ...leaves] }}
        opened={deleting}
        onClose={del.close}
      />
    </>
  );
}
