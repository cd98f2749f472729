// SPDX-License-Identifier: Apache-2.0
// What was ordered of a load balancer, until it is done.
import { Alert, Group, Loader, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';

import { getWorkRequest, type WorkRequest } from '../../api/load-balancers';
import { FailureNote } from '../certificate-parts/failure-note';
import { Given } from '../certificate-parts/given';

export function isOver(request: WorkRequest | undefined): boolean {
  return request?.lifecycleState === 'SUCCEEDED' || request?.lifecycleState === 'FAILED';
}

// useWorkRequest looks every second until it is over; then everything about load balancers is read anew.
export function useWorkRequest(id: string | undefined) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['work-request', id],
    queryFn: ({ signal }) => getWorkRequest(id ?? '', signal),
    enabled: id !== undefined && id !== '',
    refetchInterval: ({ state }) => (isOver(state.data) ? false : 1000),
  });
  const over = isOver(query.data);
  useEffect(() => {
    if (!over) return;
    void client.invalidateQueries({ queryKey: ['load-balancers'] });
    void client.invalidateQueries({ queryKey: ['load-balancer'] });
  }, [client, over]);
  return query;
}

interface Props {
  id: string;
  // "The listener", as in "The listener is being made".
  doing: ReactNode;
  done: ReactNode;
  children?: ReactNode;
}

export function WorkProgress({ id, doing, done, children }: Props) {
  const query = useWorkRequest(id);
  const request = query.data;
  if (query.isError && request === undefined) {
    return <FailureNote error={query.error} retry={() => void query.refetch()} />;
  }
  if (request?.lifecycleState === 'FAILED') {
    return (
      <Alert color="red" title="It did not work" icon={<IconCircleX aria-hidden />} role="alert">
        <Stack gap={4}>
          {request.errorDetails.map(({ message }) => (
            <Text key={message} size="sm" style={{ overflowWrap: 'anywhere' }}>
              <Given text={message} />
            </Text>
          ))}
          {request.errorDetails.length === 0 && <Text size="sm">{request.message}</Text>}
          <Text size="xs" c="dimmed">
            Nothing was left half done. Change what is named, and try again.
          </Text>
        </Stack>
      </Alert>
    );
  }
  if (request?.lifecycleState === 'SUCCEEDED') {
    return (
      <Stack gap="sm">
        <Alert color="teal" title={done} icon={<IconCircleCheck aria-hidden />} role="status">
          <Text size="sm" c="dimmed">
            {seconds(request)}
          </Text>
        </Alert>
        {children}
      </Stack>
    );
  }
  return (
    <Group gap="sm" role="status" wrap="nowrap">
      <Loader size="sm" aria-hidden />
      <div>
        <Text size="sm" fw={500}>
          {doing}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          <Given text={request === undefined ? 'Sent.' : request.message || 'Accepted.'} /> Usually a few seconds; you
          may close this, it goes on.
        </Text>
      </div>
    </Group>
  );
}

function seconds({ timeAccepted, timeFinished }: WorkRequest): string {
  if (timeFinished === undefined) return '';
  const took = (Date.parse(timeFinished) - Date.parse(timeAccepted)) / 1000;
  return `It took ${took < 10 ? took.toFixed(1) : Math.round(took)} seconds.`;
}

