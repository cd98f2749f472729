// SPDX-License-Identifier: Apache-2.0
// How far the longest certificate reaches into what is left of its authority's life.
import { Progress, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { type Authority, longestLeaf } from '../../api/certificates';
import { expiryOf, room } from './tree';

export function RoomBar({ authority }: { authority: Authority }) {
  const leaf = useQuery({
    queryKey: ['longest-leaf', authority.id],
    queryFn: async ({ signal }) => (await longestLeaf(authority.id, signal)) ?? null,
    staleTime: 30_000,
  });
  if (leaf.isPending) return <Skeleton height={20} />;
  const end = leaf.data?.currentVersionSummary?.validity?.timeOfValidityNotAfter;
  const { color, text, percent } = room(expiryOf(authority), end, new Date());
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed" fw={500}>
        Of its life, its longest certificate needs
      </Text>
      <Progress value={percent} color={color} size="sm" aria-label={text} />
      <Text size="xs" c="dimmed">
        {text}
      </Text>
    </Stack>
  );
}
