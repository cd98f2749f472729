// SPDX-License-Identifier: Apache-2.0
// The name of what uses a certificate, leading to its page; its OCID where the name may not be read.
import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { resourceName } from '../../api/certificates';
import { Given } from './given';

export function ResourceName({ id }: { id: string }) {
  const name = useQuery({
    queryKey: ['resource-name', id],
    queryFn: async ({ signal }) => (await resourceName(id, signal)) ?? null,
    staleTime: 60_000,
    retry: false,
  });
  const text = name.data ?? `…${id.slice(-12)}`;
  if (!id.startsWith('ocid1.loadbalancer.')) {
    return (
      <Text span inherit title={id}>
        <Given text={text} />
      </Text>
    );
  }
  return (
    <Anchor component={Link} to={`/load-balancers/${encodeURIComponent(id)}`} inherit title={id}>
      <Given text={text} />
    </Anchor>
  );
}
