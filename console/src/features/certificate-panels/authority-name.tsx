// SPDX-License-Identifier: Apache-2.0
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import { useAuthorities } from '../certificate-parts/authorities';

// The issuer's name, leading to its page.
export function AuthorityName({ id }: { id: string | undefined }) {
  const authorities = useAuthorities();
  if (id === undefined) {
    return (
      <Text span inherit>
        —
      </Text>
    );
  }
  const found = authorities.data?.find((one) => one.id === id);
  return (
    <Anchor component={Link} to={`/authorities/${encodeURIComponent(id)}`} inherit title={id}>
      {found?.name ?? `…${id.slice(-12)}`}
    </Anchor>
  );
}
