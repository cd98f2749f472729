// SPDX-License-Identifier: Apache-2.0
// A rollout as it goes, and its story afterwards.
import {
  Badge,
  Button,
  Card,
  Grid,
  Group,
  Modal,
  Progress,
  Select,
  Skeleton,
  Stack,
  Text,
  Timeline,
  Title,
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

import {
  actOnRollout,
  type Certificate,
  listRollouts,
  pollCertificateNow,
  type Rollout,
} from '../../api/certificates';
import { CopyAs } from '../certificate-parts/copy-as';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { Teach } from '../certificate-parts/teach';
import { dayOf } from '../certificate-parts/time';
import { useZone } from '../certificate-parts/zone';
import { useNow, When } from '../certificate-parts/when';
import { ownCall, shellLine } from '../certificate-parts/words';
import { RolloutMatrix } from './rollout-matrix';
import { chapters, headline, isLive, STATES } from './story';
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
          <Group justify="flex-end">
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
  const zone = useZone();
  const [chosen, setChosen] = useState<string>();
  const list = useQuery({
    queryKey: ['rollouts', certificate.id],
    queryFn: ({ signal }) => listRollouts(certificate.id, signal),
    refetchInterval: 10_000,
  });
  const newest = list.data?.[0]?.id;
  const rollout = useLiveRollout(chosen ?? newest);
  if (list.isPending) return <Skeleton height={220} radius="md" />;
  if (list.isLoadingError) {
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
              dayOf(new Date(one.timeStarted), zone),
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
            {data.state !== 'ROLLED_BACK' && (
              <Progress
                aria-label={headline(data)}
                value={data.nodeCount === 0 ? 100 : (100 * data.servedCount) / data.nodeCount}
                color={STATES[data.state].color}
                animated={isLive(data) && !data.paused}
                size="sm"
              />
            )}
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
