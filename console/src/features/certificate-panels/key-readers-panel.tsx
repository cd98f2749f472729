// SPDX-License-Identifier: Apache-2.0
// Who read the key, and why they could: for each user of the certificate the chain from a person's
// signed click to the nodes that read.
import { Alert, Badge, Card, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { IconKey, IconSignature } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';

import { type Association, getWhy } from '../../api/certificates';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf } from '../certificate-parts/failure';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';
import { readable } from '../certificate-parts/readable';
import { ResourceName } from '../certificate-parts/resource-name';
import { Teach } from '../certificate-parts/teach';
import { When } from '../certificate-parts/when';
import { ownCall, shellLine } from '../certificate-parts/words';
import { UnseenUsers, useAssociations } from './associations-panel';

interface Props {
  id: string;
  name: string;
  // How many resources use it, whether one may see them or not.
  count: number;
}

export function KeyReadersPanel({ id, name, count }: Props) {
  const associations = useAssociations(id);
  const users: Association[] = associations.data ?? [];
  const chains = useQueries({
    queries: users.map((one) => ({
      queryKey: ['why', one.associatedResourceId, id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        getWhy(one.associatedResourceId, id, signal),
      retry: false,
    })),
  });
  if (associations.isPending) return <Skeleton height={160} radius="md" />;
  if (associations.isLoadingError) {
    return <FailureNote error={associations.error} retry={() => void associations.refetch()} />;
  }
  if (users.length === 0 && count > 0) return <UnseenUsers count={count} />;
  if (users.length === 0) {
    return (
      <Teach icon={<IconKey size={28} />} title="Nobody may read the key now">
        Only the resource that an association names can, on a node it is placed on; there is none.
        Past reads are under Activity.
      </Teach>
    );
  }
  return (
    <Stack gap="md">
      {users.map((one, index) => {
        const chain = chains[index];
        const data = chain?.data;
        const click = data?.evidence[0];
        const nodeName = (node: string): string =>
          data?.placements.find((place) => place.nodeId === node)?.nodeName ?? `…${node.slice(-8)}`;
        return (
          <Card key={one.id} withBorder radius="md" padding="lg">
            <Group justify="space-between" mb="xs">
              <Title order={3} fz="md">
                <ResourceName id={one.associatedResourceId} />
              </Title>
              <CopyAs
                recipe={{
                  cli: shellLine('perennial', 'why', one.associatedResourceId, name),
                  sdk: ownCall(
                    'GET',
                    `/20260101/why?resourceId=${one.associatedResourceId}` +
                      `&certificatesResourceId=${id}`,
                  ),
                  sdkLabel: 'Request',
                }}
              />
            </Group>
            {chain?.isPending === true && <Skeleton height={60} />}
            {chain?.isError === true &&
              (failureOf(chain.error).status === 404 ? (
                <Text size="sm" c="dimmed">
                  You may not see this chain: it asks for the right to read both.
                </Text>
              ) : (
                <FailureNote error={chain.error} retry={() => void chain.refetch()} />
              ))}
            {click !== undefined && (
              <Alert variant="light" color="blue" icon={<IconSignature aria-hidden />} mb="sm">
                <b>{click.userName}</b> signed <b>{click.operation}</b>{' '}
                <When time={click.signedDate} withDay inherit />. That request is kept, and
                “perennial why” checks its signature again.
              </Alert>
            )}
            {data !== undefined && (
              <Table verticalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Node</Table.Th>
                    <Table.Th scope="col">Last read the key</Table.Th>
                    <Table.Th scope="col">Last proved</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {[
                    ...new Set([
                      ...data.placements.map((place) => place.nodeId),
                      ...data.lastKeyReads.map((read) => read.nodeId),
                    ]),
                  ].map((node) => {
                    const read = data.lastKeyReads.find((entry) => entry.nodeId === node);
                    const proof = data.lastProofs.find((entry) => entry.nodeId === node);
                    return (
                      <Table.Tr key={node}>
                        <Table.Td>{nodeName(node)}</Table.Td>
                        <Table.Td>
                          {read === undefined ? (
                            <Text size="sm" c="dimmed">
                              never
                            </Text>
                          ) : (
                            <Group gap={6}>
                              <Badge size="sm" variant="light" tt="none">
                                v{read.versionNumber}
                              </Badge>
                              <When time={read.timeRead} size="sm" />
                            </Group>
                          )}
                        </Table.Td>
                        <Table.Td>
                          {proof === undefined ? (
                            <Text size="sm" c="dimmed">
                              not yet
                            </Text>
                          ) : (
                            <>
                              <Group gap={6}>
                                <Badge
                                  size="sm"
                                  variant="light"
                                  color="teal"
                                  c={readable('teal')}
                                  tt="none"
                                >
                                  v{proof.observation.versionNumber}
                                </Badge>
                                <When time={proof.observation.timeObserved} size="sm" />
                              </Group>
                              <Text size="xs" c="dimmed">
                                <Given text={proof.observation.address} />{' '}
                                <Given text={proof.observation.serverName} />
                              </Text>
                            </>
                          )}
                        </Table.Td>
                      </Table.Tr>
                    );
                  })}
                </Table.Tbody>
              </Table>
            )}
          </Card>
        );
      })}
    </Stack>
  );
}
