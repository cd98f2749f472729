// SPDX-License-Identifier: Apache-2.0
// A rollout as it goes, and its story afterwards.
import {
  Anchor,
  Badge,
  Button,
  Card,
  Grid,
  Group,
  Modal,
  Progress,
  ScrollArea,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  Timeline,
  Title,
  Tooltip,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArrowBackUp,
  IconArrowRight,
  IconCheck,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconRocket,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';

import {
  actOnRollout,
  type Certificate,
  listRollouts,
  pollCertificateNow,
  type Rollout,
} from '../../api/certificates';
import { listNodes } from '../../api/nodes';
import { CopyAs } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { ResourceName } from '../certificate-parts/resource-name';
import { Teach } from '../certificate-parts/teach';
import { dayOf } from '../certificate-parts/time';
import { useNow, When } from '../certificate-parts/when';
import { ownCall, shellLine } from '../certificate-parts/words';
import {
  chapters,
  headline,
  isLive,
  matrixOf,
  shortFingerprint,
  type Sight,
  sightsOf,
  STATES,
  verdict,
} from './story';
import { useLiveRollout } from './use-live-rollout';

function AsOf({ at, live }: { at: number; live: boolean }) {
  const now = useNow(1);
  const seconds = Math.max(0, Math.round((now.getTime() - at) / 1000));
  return (
    <Text size="xs" c="dimmed" role="timer" aria-live="off">
      {live ? 'live · ' : ''}as of {seconds < 1 ? 'now' : `${seconds} s ago`}
    </Text>
  );
}

function Seen({ sight }: { sight: Sight }) {
  const { address, serverName, fingerprintSha256: fingerprint, vantage } = sight;
  return (
    <Text size="xs" c="dimmed">
      {address !== undefined && (
        <Text span ff="monospace" inherit c="var(--mantine-color-text)">
          <Given text={address} />
        </Text>
      )}
      {serverName !== undefined && (
        <>
          {' '}
          <Given text={serverName} />
        </>
      )}
      {address !== undefined && ' · '}
      {fingerprint !== undefined && (
        <Tooltip label={<Given text={fingerprint} />} multiline maw={340}>
          <Text span ff="monospace" inherit>
            <Given text={shortFingerprint(fingerprint)} /> ·{' '}
          </Text>
        </Tooltip>
      )}
      {vantage !== undefined && (
        <>
          seen from the <Given text={vantage} /> ·{' '}
        </>
      )}
      {sight.timeObserved !== undefined && <When time={sight.timeObserved} inherit />}
      {sight.reason !== undefined && (
        <>
          {' · '}
          <Given text={sight.reason} />
        </>
      )}
    </Text>
  );
}

function RolloutMatrix({ rollout }: { rollout: Rollout }) {
  const nodes = useQuery({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => listNodes(signal),
    staleTime: 30_000,
  });
  const matrix = matrixOf(rollout.lines ?? []);
  if (matrix.nodes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No node had to serve it, so it became current at once.
      </Text>
    );
  }
  return (
    <ScrollArea type="auto" tabIndex={0} aria-label="Nodes and what they serve">
      <Table verticalSpacing="sm" layout="auto" miw={120 + 230 * matrix.resources.length}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Node</Table.Th>
            {matrix.resources.map((resource) => (
              <Table.Th key={resource}>
                <ResourceName id={resource} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {matrix.nodes.map((id) => {
            const node = nodes.data?.find((one) => one.id === id);
            return (
              <Table.Tr key={id}>
                <Table.Th scope="row" style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>
                  <Anchor component={Link} to="/nodes" size="sm" fw={600}>
                    {node?.name ?? `…${id.slice(-8)}`}
                  </Anchor>
                  <Text size="xs" c="dimmed" fw={400}>
                    {node?.addresses.join(', ')}
                  </Text>
                </Table.Th>
                {matrix.resources.map((resource) => {
                  const line = matrix.at(id, resource);
                  if (line === undefined) return <Table.Td key={resource}>—</Table.Td>;
                  const { word, color, text } = verdict(line, rollout.toVersion);
                  return (
                    <Table.Td key={resource} style={{ verticalAlign: 'top' }}>
                      <Group gap={6} mb={2}>
                        <Badge color={color} c={readable(color)} variant="light" tt="none">
                          {word}
                        </Badge>
                        {line.wave === 0 && (
                          <Badge variant="outline" color="gray" size="xs" tt="none">
                            first
                          </Badge>
                        )}
                        <Text size="sm" ff="monospace">
                          v{line.servedVersion ?? '?'}
                          {line.servedVersion !== line.wantedVersion && ` → v${line.wantedVersion}`}
                        </Text>
                      </Group>
                      <Text size="xs" c={color === 'red' ? readable('red') : 'dimmed'}>
                        <Given text={text} />
                      </Text>
                      {sightsOf(line).map((sight) => (
                        <Seen
                          key={[sight.address, sight.serverName, sight.keyType].join(' ')}
                          sight={sight}
                        />
                      ))}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Actions({ rollout, certificate }: { rollout: Rollout; certificate: Certificate }) {
  const queries = useQueryClient();
  const [asking, ask] = useDisclosure(false);
  const refresh = (): void => {
    void queries.invalidateQueries({ queryKey: ['rollout', rollout.id] });
    void queries.invalidateQueries({ queryKey: ['rollouts', certificate.id] });
  };
  const poll = useMutation({
    mutationFn: () => pollCertificateNow(certificate.id),
    onSuccess: refresh,
  });
  const act = useMutation({
    mutationFn: (action: 'pause' | 'resume' | 'rollback') => actOnRollout(rollout.id, action),
    onSuccess: () => {
      ask.close();
      refresh();
    },
  });
  const back = rollout.fromVersion;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          loading={poll.isPending}
          onClick={() => poll.mutate()}
        >
          Poll now
        </Button>
        {isLive(rollout) && (
          <Button
            size="xs"
            variant="default"
            loading={act.isPending && !asking}
            leftSection={
              rollout.paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />
            }
            onClick={() => act.mutate(rollout.paused ? 'resume' : 'pause')}
          >
            {rollout.paused ? 'Go on' : 'Pause'}
          </Button>
        )}
        {isLive(rollout) && back !== undefined && (
          <Button
            size="xs"
            color="red"
            variant="light"
            leftSection={<IconArrowBackUp size={14} aria-hidden />}
            onClick={ask.open}
          >
            Roll back
          </Button>
        )}
        <CopyAs
          recipe={{
            cli: shellLine('perennial', 'rollout', 'watch', certificate.name),
            sdk: ownCall('GET', `/20260101/rollouts/${rollout.id}?waitSeconds=20`),
            sdkLabel: 'Request',
          }}
        />
      </Group>
      {poll.isSuccess && (
        <Text size="xs" c="dimmed" role="status">
          The nodes were told to look.
        </Text>
      )}
      <FailureNote error={poll.error ?? (asking ? null : act.error)} />
      <Modal opened={asking} onClose={ask.close} title={`Roll back to version ${back ?? ''}?`}>
        <Stack gap="md">
          <Text size="sm">
            Every node goes back to version {back}, and it stays current. Version{' '}
            {rollout.toVersion} is kept, and the renewal is tried again by itself.
          </Text>
          <FailureNote error={act.error} />
          <Group justify="space-between">
            <CopyAs
              recipe={{
                cli: shellLine('perennial', 'rollout', 'rollback', certificate.name, '--yes'),
                sdk: ownCall('POST', `/20260101/rollouts/${rollout.id}/actions/rollback`, {}),
                sdkLabel: 'Request',
              }}
            />
            <Button color="red" loading={act.isPending} onClick={() => act.mutate('rollback')}>
              Roll back
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}

export function RolloutPanel({ certificate }: { certificate: Certificate }) {
  const [chosen, setChosen] = useState<string>();
  const list = useQuery({
    queryKey: ['rollouts', certificate.id],
    queryFn: ({ signal }) => listRollouts(certificate.id, signal),
    refetchInterval: 10_000,
  });
  const newest = list.data?.[0]?.id;
  const rollout = useLiveRollout(chosen ?? newest);
  if (list.isPending) return <Skeleton height={220} radius="md" />;
  if (list.isError) {
    return <FailureNote error={list.error} retry={() => void list.refetch()} />;
  }
  if (newest === undefined) {
    return (
      <Teach
        icon={<IconRocket size={28} />}
        title="No rollout yet"
        cli={shellLine('perennial', 'certificate', 'renew', certificate.name)}
      >
        When a new version is issued you see here how it reaches each node: proved on a few first,
        then on all. “Renew now” above begins one.
      </Teach>
    );
  }
  const data = rollout.data;
  return (
    <Stack gap="md">
      {list.data.length > 1 && (
        <Select
          label="Rollout"
          w={{ base: '100%', sm: 380 }}
          allowDeselect={false}
          value={chosen ?? newest}
          onChange={(id) => setChosen(id === newest ? undefined : (id ?? undefined))}
          data={list.data.map((one) => ({
            value: one.id,
            label:
              `v${one.fromVersion ?? '–'} → v${one.toVersion} · ${STATES[one.state].word} · ` +
              dayOf(new Date(one.timeStarted)),
          }))}
        />
      )}
      <FailureNote error={rollout.error} retry={() => void rollout.refetch()} />
      {data === undefined ? (
        !rollout.isError && <Skeleton height={220} radius="md" />
      ) : (
        <>
          <Card withBorder radius="md" padding="lg">
            <Group justify="space-between" align="flex-start" mb="sm">
              <div>
                <Group gap="xs">
                  <Title order={2} fz="lg">
                    {data.fromVersion !== undefined && (
                      <>
                        v{data.fromVersion} <IconArrowRight size={16} aria-label="to" />{' '}
                      </>
                    )}
                    v{data.toVersion}
                  </Title>
                  <Badge
                    color={STATES[data.state].color}
                    c={readable(STATES[data.state].color)}
                    variant="light"
                    tt="none"
                  >
                    {isLive(data) && data.paused ? 'Paused' : STATES[data.state].word}
                  </Badge>
                </Group>
                <Text mt={4} role="status">
                  {headline(data)}
                </Text>
                <AsOf at={rollout.dataUpdatedAt} live={isLive(data)} />
              </div>
              <Actions rollout={data} certificate={certificate} />
            </Group>
            <Progress
              aria-label={headline(data)}
              value={data.nodeCount === 0 ? 100 : (100 * data.servedCount) / data.nodeCount}
              color={STATES[data.state].color}
              animated={isLive(data) && !data.paused}
              size="sm"
            />
            {data.timeMustServe !== undefined && isLive(data) && (
              <Text size="xs" c="dimmed" mt="xs">
                If it is not proved, it goes on without proof <When time={data.timeMustServe} inherit />
                : an unproved valid certificate is better than an expired one.
              </Text>
            )}
          </Card>
          <Grid gap="md">
            <Grid.Col span={{ base: 12, md: 8 }}>
              <Card withBorder radius="md" padding="lg">
                <RolloutMatrix rollout={data} />
              </Card>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Card withBorder radius="md" padding="lg">
                <Timeline
                  bulletSize={20}
                  lineWidth={2}
                  active={chapters(data).filter((one) => one.done).length - 1}
                  color={STATES[data.state].color}
                >
                  {chapters(data).map((chapter) => (
                    <Timeline.Item
                      key={chapter.title}
                      title={
                        <Text size="sm" fw={600}>
                          {chapter.title}
                        </Text>
                      }
                      bullet={chapter.done ? <IconCheck size={12} aria-hidden /> : undefined}
                    >
                      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                        <Given text={chapter.text} />
                      </Text>
                      {chapter.time !== undefined && <When time={chapter.time} size="xs" />}
                    </Timeline.Item>
                  ))}
                </Timeline>
              </Card>
            </Grid.Col>
          </Grid>
        </>
      )}
    </Stack>
  );
}
