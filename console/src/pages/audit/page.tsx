// SPDX-License-Identifier: Apache-2.0
// Audit: can it be believed; who did, and who tried, what.
import { Button, Group, Select, SimpleGrid, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconDownload, IconHistory } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';

import { usePlaces } from '../../features/access-parts/tenancy';
import { EventRows } from '../../features/audit-filter/event-rows';
import { useEvents } from '../../features/audit-filter/events';
import { eventsCsv } from '../../features/audit-filter/export';
import {
  matches,
  parametersOf,
  PERIODS,
  SERVICES,
  summaryOf,
  type View,
  viewOf,
} from '../../features/audit-filter/filter';
import { VerificationCard } from '../../features/audit-verification/verification-card';
import { save } from '../../features/certificate-list/export';
import { FailureNote } from '../../features/certificate-parts/failure-note';
import { Heading } from '../../features/certificate-parts/heading';
import { Teach } from '../../features/certificate-parts/teach';
import type { Place } from '../../features/access-parts/tenancy';

const ENOUGH = 20;
const PAGES_BY_ITSELF = 20;

export default function AuditPage() {
  const { places, error } = usePlaces();
  const [parameters, setParameters] = useSearchParams();
  const view = useMemo(() => viewOf(parameters), [parameters]);
  const change = (part: Partial<View>): void => {
    setParameters(parametersOf({ ...view, ...part }), { replace: true });
  };
  const query = useEvents(view.compartment || (places[0]?.id ?? ''), view);
  const pages = query.data?.pages;
  const events = useMemo(() => pages?.flatMap((page) => page.events) ?? [], [pages]);
  const shown = useMemo(() => events.filter((event) => matches(event, view)), [events, view]);
  // What is looked for may lie further back: nobody should have to press a button to be told so.
  const { fetchNextPage } = query;
  const further =
    query.hasNextPage &&
    !query.isFetching &&
    shown.length < ENOUGH &&
    (pages?.length ?? 0) < PAGES_BY_ITSELF;
  useEffect(() => {
    if (further) void fetchNextPage();
  }, [further, fetchNextPage]);
  return (
    <>
      <Heading
        title="Audit"
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
              disabled={shown.length === 0}
              onClick={() =>
                save(eventsCsv(shown), `audit-${new Date().toISOString().slice(0, 10)}.csv`)
              }
            >
              Export
            </Button>
            <Button
              variant="default"
              loading={query.isRefetching}
              onClick={() => void query.refetch()}
            >
              Look again
            </Button>
          </>
        }
      />
      <Stack>
        <VerificationCard />
        <Filters view={view} change={change} places={places} />
        <FailureNote error={error ?? query.error} retry={() => void query.refetch()} />
        {query.isPending &&
          error === undefined &&
          [0, 1, 2, 3].map((row) => <Skeleton key={row} height={60} radius="md" />)}
        {query.isSuccess && (
          <Text size="xs" c="dimmed" role="status">
            {shown.length === events.length
              ? `${events.length} events`
              : `${shown.length} of ${events.length} events`}
            {shown.length > 0 && `: ${summaryOf(shown)}, the newest first`}
            {query.hasNextPage && '; there are earlier ones in this period'}
          </Text>
        )}
        {shown.length > 0 && (
          <EventRows
            events={shown}
            opened={view.event}
            onOpen={(event) => change({ event })}
          />
        )}
        {query.hasNextPage && (
          <Group justify="center">
            <Button
              variant="light"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              Read earlier events
            </Button>
          </Group>
        )}
        {query.isSuccess && shown.length === 0 && (
          <Teach
            icon={<IconHistory size={28} />}
            title={events.length === 0 ? 'Nothing in this period' : 'Nothing matches'}
            action={
              <Button variant="light" onClick={() => setParameters({ hours: '168' })}>
                Show all of the last week
              </Button>
            }
            cli="perennial audit list --since 24h"
          >
            Every change, every read of a private key and every refusal is here within seconds.
          </Teach>
        )}
      </Stack>
    </>
  );
}

function Filters(props: { view: View; change: (part: Partial<View>) => void; places: Place[] }) {
  const { view, change, places } = props;
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }} spacing="sm" role="group" aria-label="Filters">
      <Select
        label="Period"
        data={PERIODS}
        value={view.from === '' && view.until === '' ? String(view.hours) : null}
        placeholder="As below"
        onChange={(hours) => hours !== null && change({ hours: Number(hours), from: '', until: '' })}
      />
      <Select
        label="Service"
        placeholder="Every service"
        data={SERVICES}
        value={view.service === '' ? null : view.service}
        clearable
        onChange={(service) => change({ service: service ?? '' })}
      />
      <Select
        label="Outcome"
        placeholder="Done and refused"
        data={[
          { value: 'done', label: 'Done' },
          { value: 'refused', label: 'Refused' },
        ]}
        value={view.outcome === '' ? null : view.outcome}
        clearable
        onChange={(outcome) => change({ outcome: (outcome ?? '') as View['outcome'] })}
      />
      <Select
        label="Compartment"
        data={places.map(({ id, name }) => ({ value: id, label: name }))}
        value={view.compartment || (places[0]?.id ?? null)}
        allowDeselect={false}
        onChange={(id) => change({ compartment: id === places[0]?.id ? '' : (id ?? '') })}
      />
      <Typed label="Who" value={view.principal} set={(principal) => change({ principal })} />
      <Typed label="Action" value={view.action} set={(action) => change({ action })} />
      <Typed label="Resource" value={view.resource} set={(resource) => change({ resource })} />
      <Typed label="Request id" value={view.request} set={(request) => change({ request })} />
      <TextInput
        label="Since"
        type="datetime-local"
        value={view.from}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        label="Until"
        type="datetime-local"
        value={view.until}
        onChange={(event) => change({ until: event.currentTarget.value })}
      />
    </SimpleGrid>
  );
}

function Typed(props: { label: string; value: string; set: (text: string) => void }) {
  const [text, setText] = useState(props.value);
  const later = useDebouncedCallback(props.set, 200);
  return (
    <TextInput
      label={props.label}
      placeholder="Any"
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
    />
  );
}
