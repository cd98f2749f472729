// SPDX-License-Identifier: Apache-2.0
// What each node serves of each load balancer, and what was seen at each of its addresses.
import { Anchor, Badge, Group, ScrollArea, Table, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import type { Rollout } from '../../api/certificates';
import { listNodes } from '../../api/nodes';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { ResourceName } from '../certificate-parts/resource-name';
import { When } from '../certificate-parts/when';
import { isLive, matrixOf, shortFingerprint, type Sight, sightsOf, verdict } from './story';

function Seen({ sight, told }: { sight: Sight; told: string }) {
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
      {fingerprint !== undefined && (
        <>
          {address !== undefined && ' · '}
          <Tooltip label={<Given text={fingerprint} />} multiline maw={340}>
            <Text span ff="monospace" inherit>
              <Given text={shortFingerprint(fingerprint)} />
            </Text>
          </Tooltip>
        </>
      )}
      {vantage !== undefined && (
        <>
          {' · seen from the '}
          <Given text={vantage} />
        </>
      )}
      {sight.timeObserved !== undefined && (
        <>
          {' · '}
          <When time={sight.timeObserved} inherit />
        </>
      )}
      {sight.reason !== undefined && sight.reason !== told && (
        <>
          {' · '}
          <Given text={sight.reason} />
        </>
      )}
    </Text>
  );
}

export function RolloutMatrix({ rollout }: { rollout: Rollout }) {
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
                  const { word, color, text } = verdict(
                    line,
                    rollout.toVersion,
                    !isLive(rollout),
                  );
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
                          told={text}
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
