// SPDX-License-Identifier: Apache-2.0
// Events, newest first; each opens to all that is on record of it.
import { Accordion, Badge, Code, Group, Stack, Text } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';

import type { AuditEvent } from '../../api/audit';
import { Facts } from '../certificate-parts/facts';
import { Given } from '../certificate-parts/given';
import { When } from '../certificate-parts/when';
import { jsonText } from '../certificate-parts/words';
import { actionInWords, briefly, isRefused, SERVICES, whoOf } from './filter';

export function EventRows({ events }: { events: AuditEvent[] }) {
  return (
    <Accordion variant="contained" radius="md" chevronPosition="right" order={2}>
      {events.map((event) => (
        <Accordion.Item key={event.eventId} value={event.eventId}>
          <Accordion.Control>
            <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
              <Stack gap={2} style={{ minWidth: 0 }}>
                <Group gap={8}>
                  <Text size="sm" fw={500}>
                    {actionInWords(event.data.eventName)}
                  </Text>
                  {isRefused(event) && <Refused status={event.data.response?.status} />}
                </Group>
                <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
                  <Given text={briefly(whoOf(event))} />
                  {event.data.resourceName !== undefined && event.data.resourceName !== '' && (
                    <>
                      {' · '}
                      <Given text={event.data.resourceName} />
                    </>
                  )}
                </Text>
              </Stack>
              <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                <When time={event.eventTime} inherit />
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <Details event={event} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

// Only what was refused stands out; what was done is the usual.
function Refused({ status }: { status: string | undefined }) {
  return (
    <Badge color="red" variant="light" autoContrast leftSection={<IconBan size={12} aria-hidden />}>
      Refused {status}
    </Badge>
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
          ['Who', `${whoOf(event)}${identity?.authType === undefined ? '' : ` (${identity.authType})`}`],
          ['From', identity?.ipAddress],
          ['Resource', data.resourceId, 'wide'],
          ['Signed with', identity?.credentials, 'wide'],
          ['Call', `${request?.action ?? ''} ${request?.path ?? ''}`.trim(), 'wide'],
          ['Answer', [response?.status, response?.message].filter(Boolean).join(' · '), 'wide'],
          ['Request id', request?.id, 'wide'],
          ['Record', event.eventId, 'wide'],
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
