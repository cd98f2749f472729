// SPDX-License-Identifier: Apache-2.0
// What was done with one resource, from the audit record, window of time by window.
import { Badge, Button, Card, Group, Skeleton, Stack, Text, Timeline } from '@mantine/core';
import { IconBan, IconHistory, IconKey } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';

import { type AuditEvent, listEvents } from '../../api/audit';
import { actionInWords, isRefused, whoOf, whyOf } from '../audit-filter/filter';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { Teach } from '../certificate-parts/teach';
import { When } from '../certificate-parts/when';

const DAY_MS = 86_400_000;
const PAGES_MAX = 50;

async function eventsBetween(
  compartmentId: string,
  resourceId: string,
  window: { start: Date; end: Date },
  signal: AbortSignal,
): Promise<AuditEvent[]> {
  const found: AuditEvent[] = [];
  let page: string | undefined;
  for (let n = 0; n < PAGES_MAX; ++n) {
    const times = { startTime: window.start.toISOString(), endTime: window.end.toISOString() };
    const answer = await listEvents({ compartmentId, resourceId, ...times, page }, signal);
    found.push(...answer.body);
    page = answer.nextPage;
    if (page === undefined) break;
  }
  return found.reverse();
}

export function ActivityPanel({ id, compartmentId }: { id: string; compartmentId: string }) {
  const events = useInfiniteQuery({
    queryKey: ['activity', id],
    queryFn: ({ pageParam, signal }) => {
      const start = new Date(pageParam.end - pageParam.days * DAY_MS);
      return eventsBetween(compartmentId, id, { start, end: new Date(pageParam.end) }, signal);
    },
    initialPageParam: { end: Math.ceil(Date.now() / DAY_MS) * DAY_MS, days: 7 },
    getNextPageParam: (_last, _pages, { end, days }) => ({
      end: end - days * DAY_MS,
      days: Math.min(90, days * 2),
    }),
  });
  if (events.isPending) return <Skeleton height={200} radius="md" />;
  if (events.isLoadingError) {
    return <FailureNote error={events.error} retry={() => void events.refetch()} />;
  }
  const all = events.data.pages.flat();
  const further = (
    <Button
      variant="default"
      size="xs"
      loading={events.isFetchingNextPage}
      onClick={() => void events.fetchNextPage()}
    >
      Look further back
    </Button>
  );
  if (all.length === 0) {
    return (
      <Teach icon={<IconHistory size={28} />} title="Nothing in this time" action={further}>
        Every change, every refusal and every read of a key is recorded, in a chain that can be
        verified.
      </Teach>
    );
  }
  return (
    <Card withBorder radius="md" padding="lg">
      <Stack gap="md">
        <Timeline bulletSize={14} lineWidth={2}>
          {all.map((event) => {
            const { identity, request, eventName, additionalDetails } = event.data;
            const refused = isRefused(event);
            const details = additionalDetails['details'] as Record<string, unknown> | undefined;
            const key = details?.['privateKey'] === true;
            return (
              <Timeline.Item
                key={event.eventId}
                color={refused ? 'red' : key ? 'yellow' : 'teal'}
                title={
                  <Group gap={6}>
                    <Text size="sm" fw={600}>
                      {actionInWords(eventName ?? event.eventType)}
                    </Text>
                    {refused && (
                      <Badge
                        size="sm"
                        color="red"
                        c={readable('red')}
                        variant="light"
                        leftSection={<IconBan size={12} aria-hidden />}
                      >
                        Refused
                      </Badge>
                    )}
                    {key && (
                      <Badge
                        size="sm"
                        color="yellow"
                        c={readable('yellow')}
                        variant="light"
                        leftSection={<IconKey size={12} aria-hidden />}
                      >
                        Private key
                      </Badge>
                    )}
                  </Group>
                }
              >
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  <Given text={whoOf(event)} />
                  {identity?.ipAddress !== undefined && ` from ${identity.ipAddress}`} ·{' '}
                  <When time={event.eventTime} inherit withDay />
                </Text>
                {whyOf(event) !== '' && (
                  <Text
                    size="xs"
                    c={refused ? readable('red') : 'dimmed'}
                    style={{ overflowWrap: 'anywhere' }}
                  >
                    <Given text={whyOf(event)} />
                    {request?.id !== undefined && ` · request ${request.id}`}
                  </Text>
                )}
              </Timeline.Item>
            );
          })}
        </Timeline>
        <Group>{further}</Group>
      </Stack>
    </Card>
  );
}
