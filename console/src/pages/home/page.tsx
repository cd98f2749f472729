// SPDX-License-Identifier: Apache-2.0
// Home: one sentence, the first thing that needs somebody, and the next ninety days.
import { Anchor, Button, Card, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCertificate,
  IconCircleCheck,
  IconCircleDashed,
  IconClockExclamation,
  IconLeaf,
  IconProgress,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { type ListenerOnNode, listListenerStates } from '../../api/listener-states';
import { getOverview, type Overview } from '../../api/overview';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Given } from '../../features/certificate-parts/given';
import { Teach } from '../../features/certificate-parts/teach';
import { Said, When } from '../../features/certificate-parts/when';
import { counted } from '../../features/certificate-renewal/duration';
import { TimelineChart } from '../../features/home/timeline-chart';
import classes from './page.module.css';

const certificate = (id: string): string => `/certificates/${encodeURIComponent(id)}`;

// What is red with a certificate comes first, then a listener that a node cannot open, which is red too.
// Amber is for what is late or ends unrenewed: somebody should, and need not this minute.
function needOf(overview: Overview, [listener]: ListenerOnNode[]) {
  const urgent = overview.counts.red > 0;
  if (overview.firstNeed && (urgent || listener === undefined)) {
    return { urgent, text: overview.firstNeed.text, to: certificate(overview.firstNeed.certificateId) };
  }
  if (listener === undefined) return undefined;
  const { listenerName, loadBalancerName, loadBalancerId, nodeName, reason } = listener;
  return {
    urgent: true,
    text: `Listener ${listenerName} of ${loadBalancerName} is not served by ${nodeName}: ${reason ?? ''}`,
    to: `/load-balancers/${encodeURIComponent(loadBalancerId)}`,
  };
}

function FirstNeed({ overview, troubled }: { overview: Overview; troubled: ListenerOnNode[] }) {
  const need = needOf(overview, troubled);
  if (need === undefined) {
    return (
      <div className={classes['need']} data-calm>
        <IconLeaf size={24} stroke={1.6} color="var(--mantine-color-anchor)" aria-hidden />
        <div>
          <Text fw={600}>Nobody has to do anything.</Text>
          <Text c="dimmed">Renewals start by themselves, and count once every node proves them.</Text>
        </div>
      </div>
    );
  }
  const { urgent } = need;
  return (
    <div className={classes['need']} {...(urgent ? { 'data-red': true } : { 'data-amber': true })}>
      {urgent ? (
        <IconAlertTriangle size={24} stroke={1.7} color="light-dark(#a8321a, #ff9b85)" aria-hidden />
      ) : (
        <IconClockExclamation size={24} stroke={1.7} color="light-dark(#96620a, #f0bd5a)" aria-hidden />
      )}
      <Group justify="space-between" gap="md" style={{ flex: 1 }}>
        <div style={{ minWidth: 0, flex: '1 1 260px' }}>
          <Text size="sm" c="dimmed">
            The first thing that needs you
          </Text>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            <Said text={need.text} />
          </Text>
        </div>
        <Button component={Link} to={need.to}>
          Look at it
        </Button>
      </Group>
    </div>
  );
}

const RISKS = [
  { of: 'red', word: 'Need you now', query: '?filter=needsYou', Icon: IconAlertTriangle, colour: 'light-dark(#b3361d, #ff8f78)' },
  { of: 'amber', word: 'Late or unproved', query: '?filter=unproved', Icon: IconClockExclamation, colour: 'light-dark(#96620a, #f0bd5a)' },
  { of: 'blue', word: 'On their way', query: '?sort=next', Icon: IconProgress, colour: 'light-dark(#2b64b4, #86b6f7)' },
  { of: 'green', word: 'Safe', query: '?sort=expiry', Icon: IconCircleCheck, colour: 'light-dark(#17694d, #6cc79f)' },
  { of: 'grey', word: 'Served nowhere', query: '?filter=unused', Icon: IconCircleDashed, colour: 'var(--mantine-color-dimmed)' },
] as const;

function Counts({ counts }: { counts: Overview['counts'] }) {
  return (
    <ul className={classes['counts']} aria-label="Certificates by risk">
      {RISKS.map(({ of, word, query, Icon, colour }) => (
        <li key={of}>
          <Link className={classes['count']} to={`/certificates${query}`}>
            <Group gap={7} wrap="nowrap">
              <Icon size={16} color={colour} aria-hidden />
              <Text size="sm" c="dimmed" lh={1.3}>
                {word}
              </Text>
            </Group>
            <span className={classes['number']}>{counts[of].toLocaleString('en')}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Card component="section">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{title}</Title>
        {aside}
      </Group>
      {children}
    </Card>
  );
}

function Quiet({ children }: { children: ReactNode }) {
  return (
    <Group gap="xs" c="dimmed" wrap="nowrap">
      <IconCircleCheck size={18} style={{ flex: 'none' }} color="light-dark(#17694d, #6cc79f)" aria-hidden />
      <Text size="sm">{children}</Text>
    </Group>
  );
}

const SHOWN = 8;

function Owing({ overview }: { overview: Overview }) {
  const { stalledRollouts, owing, counts } = overview;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Section title="Stalled rollouts">
        {stalledRollouts.length === 0 && <Quiet>Every rollout moves, or is done.</Quiet>}
        {stalledRollouts.slice(0, SHOWN).map((row) => (
          <div className={classes['row']} key={`${row.certificateId} ${row.versionNumber}`}>
            <Anchor component={Link} to={`${certificate(row.certificateId)}?tab=rollout`} fw={550}>
              {row.certificateName} v{row.versionNumber}
            </Anchor>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              <Said text={row.reason} />
            </Text>
          </div>
        ))}
        {stalledRollouts.length > SHOWN && (
          <Anchor component={Link} to="/certificates?filter=needsYou" size="sm">
            and {(stalledRollouts.length - SHOWN).toLocaleString('en')} more
          </Anchor>
        )}
      </Section>
      <Section
        title="Nodes that owe proof"
        aside={
          <Anchor component={Link} to="/nodes" size="sm">
            {counted(counts.nodes, 'node')}
          </Anchor>
        }
      >
        {owing.length === 0 && (
          <Quiet>
            {counts.nodes === 0
              ? 'No node has joined yet.'
              : 'Every node has proved what it is meant to serve.'}
          </Quiet>
        )}
        {owing.slice(0, SHOWN).map((row) => (
          <div className={classes['row']} key={`${row.nodeId} ${row.certificateId}`}>
            <Anchor component={Link} to={certificate(row.certificateId)} fw={550}>
              {row.certificateName}
            </Anchor>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              <Said text={row.reason} />
            </Text>
          </div>
        ))}
        {owing.length > SHOWN && (
          <Anchor component={Link} to="/certificates?filter=unproved" size="sm">
            and {(owing.length - SHOWN).toLocaleString('en')} more
          </Anchor>
        )}
      </Section>
    </SimpleGrid>
  );
}

function Waiting() {
  return (
    <Stack gap="lg" aria-busy aria-label="Home is being read">
      <Skeleton height={44} width="70%" />
      <Skeleton height={84} radius="lg" />
      <Skeleton height={84} radius="lg" />
      <Skeleton height={260} radius="lg" />
    </Stack>
  );
}

export default function HomePage() {
  const query = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => getOverview(signal),
    refetchInterval: 15_000,
  });
  const troubled = useQuery({
    queryKey: ['listener-states', 'troubled'],
    queryFn: ({ signal }) => listListenerStates({ filter: 'troubled' }, signal),
    refetchInterval: 15_000,
    retry: false,
  });
  const overview = query.data;
  if (overview === undefined) {
    return query.isError ? (
      <Stack>
        <Title order={1}>Home</Title>
        <FailureNote error={query.error} retry={() => void query.refetch()} />
      </Stack>
    ) : (
      <Waiting />
    );
  }
  if (overview.counts.certificates === 0) {
    return (
      <>
        <Title order={1} className={classes['sentence'] ?? ''}>
          <Given text={overview.sentence} />
        </Title>
        <Teach
          icon={<IconCertificate size={28} />}
          title="Set up a certificate once, and forget it"
          cli="perennial certificate create --name shop --dns shop.example.com"
          action={
            <Group justify="center">
              <Button component={Link} to="/certificates/new">
                Create the first certificate
              </Button>
              <Button component={Link} to="/nodes" variant="default">
                Join a node
              </Button>
            </Group>
          }
        >
          An authority issues it, a listener serves it, and from then on it renews itself: each new
          version is proved on every node before it counts.
        </Teach>
      </>
    );
  }
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} className={classes['sentence'] ?? ''}>
          <Said text={overview.sentence} />
        </Title>
        <Text c="dimmed" size="sm" mt={8}>
          {counted(overview.counts.certificates, 'certificate')} ·{' '}
          {counted(overview.counts.authorities, 'authority', 'authorities')} · as of{' '}
          <When time={overview.timeAsOf} />
        </Text>
      </div>
      <FirstNeed overview={overview} troubled={troubled.data ?? []} />
      <Counts counts={overview.counts} />
      <Section title="The next 90 days">
        <TimelineChart days={overview.timeline} />
      </Section>
      <Owing overview={overview} />
    </Stack>
  );
}
