// SPDX-License-Identifier: Apache-2.0
// Events; each opens to all that is on record of it. What was refused stands out, and says why without
// being opened.
import { Accordion, ActionIcon, Badge, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconBan, IconCheck, IconCircleCheck, IconCopy } from '@tabler/icons-react';

import type { AuditEvent } from '../../api/audit';
import { Facts } from '../certificate-parts/facts';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { When } from '../certificate-parts/when';
import { jsonText } from '../certificate-parts/words';
import { actionInWords, isRefused, SERVICES, whoOf, whyOf } from './filter';

interface Props {
  events: AuditEvent[];
  // The one that is open; none where it is empty.
  opened: string;
  onOpen: (eventId: string) => void;
}

const REFUSED = {
  borderInlineStart: '4px solid var(--mantine-color-red-filled)',
  background: 'light-dark(color-mix(in srgb, var(--mantine-color-red-1) 45%, transparent), transparent)',
};

export function EventRows({ events, opened, onOpen }: Props) {
  return (
    <Accordion
      variant="contained"
      radius="md"
      chevronPosition="right"
      order={2}
      value={opened === '' ? null : opened}
      onChange={(event) => onOpen(event ?? '')}
    >
      {events.map((event) => (
        <Accordion.Item
          key={event.eventId}
          value={event.eventId}
          style={isRefused(event) ? REFUSED : {}}
        >
          <Accordion.Control>
            <Row event={event} />
          </Accordion.Control>
          <Accordion.Panel>
            {opened === event.eventId && <Details event={event} />}
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Row({ event }: { event: AuditEvent }) {
  const { resourceName, request } = event.data;
  return (
    <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
      <Stack gap={2} style={{ minWidth: 0 }}>
        <Group gap={8}>
          <Text size="sm" fw={500}>
            {actionInWords(event.data.eventName)}
          </Text>
          <Outcome event={event} />
        </Group>
        <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
          <b>
            <Given text={whoOf(event)} />
          </b>
          {resourceName !== undefined && resourceName !== '' && (
            <>
              {' · '}
              <Given text={resourceName} />
            </>
          )}
        </Text>
        {isRefused(event) && (
          <Text size="xs" c={readable('red')} lineClamp={3} style={{ overflowWrap: 'anywhere' }}>
            <Given text={whyOf(event)} />
          </Text>
        )}
      </Stack>
      <Stack gap={2} align="flex-end" style={{ whiteSpace: 'nowrap' }}>
        <Text size="xs" c="dimmed">
          <When time={event.eventTime} inherit />
        </Text>
        {isRefused(event) && request?.id !== undefined && (
          <Text size="xs" c="dimmed" ff="monospace" title={`request ${request.id}`}>
            {request.id.slice(0, 8)}…
          </Text>
        )}
      </Stack>
    </Group>
  );
}

function Outcome({ event }: { event: AuditEvent }) {
  return isRefused(event) ? (
    <Badge
      color="red"
      variant="light"
      tt="none"
      autoContrast
      leftSection={<IconBan size={12} aria-hidden />}
    >
      Refused {event.data.response?.status}
    </Badge>
  ) : (
    <Badge
      color="teal"
      variant="light"
      tt="none"
      autoContrast
      leftSection={<IconCircleCheck size={12} aria-hidden />}
    >
      Done
    </Badge>
  );
}

function Copied({ text, label }: { text: string; label: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <Text span inherit ff="monospace" fz="xs">
        {text}
      </Text>
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <ActionIcon
            size="sm"
            variant="subtle"
            color={copied ? 'teal' : 'gray'}
            aria-label={copied ? 'Copied' : label}
            onClick={copy}
          >
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}

function Details({ event }: { event: AuditEvent }) {
  const { data } = event;
  const { identity, request, response } = data;
  const service = SERVICES.find(({ value }) => value === event.source)?.label ?? event.source;
  const details = data.additionalDetails;
  return (
    <Stack gap="sm">
      <Facts
        items={[
          ['When', <When key="when" time={event.eventTime} withDay />],
          ['Service', service],
          ['Who', whoOf(event)],
          ['Principal', identity?.principalId ?? '—'],
          ['From', identity?.ipAddress ?? '—'],
          ['Signed with', identity?.credentials ?? '—'],
          ['Resource', data.resourceId ?? '—'],
          ['Call', `${request?.action ?? ''} ${request?.path ?? ''}`.trim() || '—'],
          [isRefused(event) ? 'Why it was refused' : 'Allowed by', whyOf(event) || '—'],
          ['Answer', response?.status ?? '—'],
          [
            'Request id',
            request?.id === undefined ? (
              '—'
            ) : (
              <Copied key="request" text={request.id} label="Copy the request id" />
            ),
          ],
          ['Record', event.eventId],
        ]}
      />
      {details !== undefined && Object.keys(details).length > 0 && (
        <Code block mah={320} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }} tabIndex={0}>
          {jsonText(details)}
        </Code>
      )}
    </Stack>
  );
}
