// SPDX-License-Identifier: Apache-2.0
// Policies: what each group may do, in the words of the policy language.
import { ActionIcon, Button, Card, Code, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { IconFileCertificate, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { deletePolicy, listPolicies, type Policy } from '../../api/access';
import type { Place } from '../access-parts/tenancy';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { Teach } from '../certificate-parts/teach';
import { revealed, sdkCall, shellLine } from '../certificate-parts/words';
import { Confirm } from '../load-balancer-parts/confirm';
import { PolicyWindow } from './policy-window';

export function Policies({ places }: { places: Place[] }) {
  const client = useQueryClient();
  const [placeId, setPlaceId] = useState(places[0]?.id ?? '');
  const [creating, setCreating] = useState(false);
  const [going, setGoing] = useState<Policy>();
  const query = useQuery({
    queryKey: ['access', 'policies', placeId],
    queryFn: ({ signal }) => listPolicies(placeId, signal),
    retry: false,
  });
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      Create policy
    </Button>
  );
  const policies = query.data ?? [];
  return (
    <Stack>
      <Group justify="space-between">
        <Select
          aria-label="Compartment of the policies"
          data={places.map(({ id, name }) => ({ value: id, label: name }))}
          value={placeId}
          allowDeselect={false}
          onChange={(id) => id !== null && setPlaceId(id)}
        />
        {policies.length > 0 && create}
      </Group>
      <FailureNote error={query.error} retry={() => void query.refetch()} />
      {query.isPending && <Skeleton height={120} radius="md" />}
      {policies.map((policy) => (
        <Card key={policy.id} withBorder radius="md" padding="md">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div style={{ minWidth: 0 }}>
              <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                {policy.name}
              </Text>
              {policy.description !== policy.name && (
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  <Given text={policy.description} />
                </Text>
              )}
            </div>
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              aria-label={`Delete policy ${policy.name}`}
              onClick={() => setGoing(policy)}
            >
              <IconTrash size={18} />
            </ActionIcon>
          </Group>
          <Code block mt="xs" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {policy.statements.map((statement, index) => (
              <span key={index} style={STATEMENT}>
                {statement
                  .split(QUOTED)
                  .map((part, at) => (at % 2 === 0 ? revealed(part) : <Given key={at} text={part} />))}
              </span>
            ))}
          </Code>
        </Card>
      ))}
      {query.isSuccess && policies.length === 0 && (
        <Teach
          icon={<IconFileCertificate size={28} />}
          title="No policy here"
          action={create}
          cli={
            'perennial policy create --name web-team --statement ' +
            '"Allow group web-team to read leaf-certificates in tenancy"'
          }
        >
          Nobody may do anything that no policy says. A policy holds for its compartment.
        </Teach>
      )}
      {creating && (
        <PolicyWindow
          places={places}
          placeId={placeId}
          tenancyId={places[0]?.id ?? ''}
          onClose={() => setCreating(false)}
        />
      )}
      {going !== undefined && (
        <Confirm
          title={`Delete policy ${going.name}`}
          action="Delete policy"
          typed={going.name}
          run={() => deletePolicy(going.id)}
          onDone={() => void client.invalidateQueries({ queryKey: ['access', 'policies'] })}
          onClose={() => setGoing(undefined)}
          recipe={{
            cli: shellLine('perennial', 'policy', 'delete', going.name),
            sdk: sdkCall('identityClient', 'deletePolicy', { policyId: going.id }),
          }}
        >
          What only its statements allow is refused from now on, to everybody in their groups. Be sure that
          you do not take your own rights away.
        </Confirm>
      )}
    </Stack>
  );
}

// Each begins further left than its lines go on, so that a line break in one does not look like another.
const STATEMENT = { display: 'block', paddingLeft: '2em', textIndent: '-2em' } as const;
// What is quoted is in the words, and the script, of whoever is named.
const QUOTED = /('[^']*')/;
