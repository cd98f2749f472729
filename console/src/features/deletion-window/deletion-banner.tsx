// SPDX-License-Identifier: Apache-2.0
// While a deletion waits: when, and one button that takes it back.
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconClockX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { cancelDeletion } from '../../api/certificates';
import { FailureNote } from '../certificate-parts/failure-note';
import { When } from '../certificate-parts/when';
import type { Deletable } from './window';

interface Props {
  kind: Deletable;
  id: string;
  lifecycleState: string;
  timeOfDeletion: string | undefined;
}

export function DeletionBanner({ kind, id, lifecycleState, timeOfDeletion }: Props) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelDeletion(kind, id),
    onSuccess: () => queries.invalidateQueries(),
  });
  if (lifecycleState === 'DELETED') {
    return (
      <Alert color="gray" mb="md" icon={<IconClockX aria-hidden />} title="It was deleted">
        What is written here is kept for the record.
      </Alert>
    );
  }
  if (lifecycleState !== 'PENDING_DELETION') return null;
  return (
    <Stack gap="xs" mb="md">
      <Alert color="red" variant="light" icon={<IconClockX aria-hidden />} title="To be deleted">
        <Group justify="space-between" gap="sm">
          <Text size="sm">
            It will be deleted, with its keys,{' '}
            <When time={timeOfDeletion} withDay inherit fw={600} />. Until then nothing is lost.
          </Text>
          <Button
            color="red"
            variant="filled"
            size="xs"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Cancel the deletion
          </Button>
        </Group>
      </Alert>
      <FailureNote error={cancel.error} />
    </Stack>
  );
}
