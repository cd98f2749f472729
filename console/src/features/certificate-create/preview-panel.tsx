// SPDX-License-Identifier: Apache-2.0
// What the form will make: names, validity and the next three renewals, before anything is made.
import { Alert, Badge, Card, Divider, Group, Stack, Text, Timeline, Title } from '@mantine/core';
import { IconCalendarOff, IconRefresh, IconShieldCheck } from '@tabler/icons-react';

import { readable } from '../certificate-parts/readable';
import { dayOf, exactTime } from '../certificate-parts/time';
import { useZone } from '../certificate-parts/zone';
import { DAY, durationInWords } from '../certificate-renewal/duration';
import { previewRenewals, type RenewalRule } from '../certificate-renewal/preview';

interface Props {
  start: Date;
  lifetimeSeconds: number;
  rule: RenewalRule | null;
  names?: string[];
  problem?: string | undefined;
}

export function PreviewPanel({ start, lifetimeSeconds, rule, names, problem }: Props) {
  const zone = useZone();
  const preview = previewRenewals(start, lifetimeSeconds, problem === undefined ? rule : null);
  const moment = lifetimeSeconds < 3 * DAY ? exactTime : dayOf;
  return (
    <Card withBorder radius="md" padding="lg" component="section" aria-label="Preview">
      <Stack gap="md">
        <Title order={2} fz="md">
          What will happen
        </Title>
        {names !== undefined && (
          <Group gap={6}>
            {names.length === 0 && (
              <Text size="sm" c="dimmed">
                The names will be shown here.
              </Text>
            )}
            {names.map((name) => (
              <Badge key={name} variant="light" tt="none" radius="sm" maw="100%">
                {name}
              </Badge>
            ))}
          </Group>
        )}
        <div>
          <Text size="xs" c="dimmed" fw={500}>
            Valid
          </Text>
          <Text size="sm">
            {moment(preview.notBefore, zone)} – {moment(preview.notAfter, zone)}
          </Text>
          <Text size="xs" c="dimmed">
            {durationInWords(lifetimeSeconds)}
          </Text>
        </div>
        <Divider />
        {problem !== undefined && (
          <Alert color="red" variant="light" p="xs">
            {problem}
          </Alert>
        )}
        {rule === null && (
          <Alert
            color="yellow"
            variant="light"
            icon={<IconCalendarOff aria-hidden />}
            title="It ends when it ends"
            styles={{ title: { color: readable('yellow') } }}
          >
            Nobody will renew it. Somebody has to think of it before {dayOf(preview.notAfter, zone)}.
          </Alert>
        )}
        {preview.renewals.length > 0 && (
          <>
            <Timeline bulletSize={22} lineWidth={2} active={-1}>
              {preview.renewals.map(({ from, to }, index) => (
                <Timeline.Item
                  key={index}
                  bullet={<IconRefresh size={12} aria-hidden />}
                  title={
                    <Text size="sm" fw={600}>
                      {index === 0 ? 'First renewal' : index === 1 ? 'Second' : 'Third'}
                    </Text>
                  }
                >
                  <Text size="sm" c="dimmed">
                    {moment(from, zone)} – {moment(to, zone)}
                  </Text>
                </Timeline.Item>
              ))}
            </Timeline>
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <IconShieldCheck
                size={18}
                color="var(--mantine-color-teal-6)"
                style={{ flex: 'none', marginTop: 1 }}
                aria-hidden
              />
              <Text size="xs" c="dimmed">
                At least {durationInWords(preview.marginSeconds)} remain when a renewal begins. The
                day within each span is drawn when a version is issued, so that certificates made
                together do not renew together.
              </Text>
            </Group>
          </>
        )}
      </Stack>
    </Card>
  );
}
