// SPDX-License-Identifier: Apache-2.0
// A listener that names a certificate which its load balancer may no longer read: somebody detached it
// by force. The load balancer is not told (ADR-0018), so it is seen here.
import { Alert, Text } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { isAssociated } from '../../api/certificates';

interface Props {
  certificateId: string;
  compartmentId: string;
  resourceId: string;
}

export function LostRight(pair: Props) {
  const associated = useQuery({
    queryKey: ['associated', pair.certificateId, pair.resourceId],
    queryFn: ({ signal }) => isAssociated(pair, signal),
    refetchInterval: 15_000,
    retry: false,
  });
  if (associated.data !== false) return null;
  return (
    <Alert color="red" variant="light" mt={4} icon={<IconLinkOff aria-hidden />} title="It has lost the right to this certificate">
      <Text size="sm">
        Somebody detached it by force. What the nodes serve, they serve until it expires; no newer version
        reaches them. To give the right back, edit the listener and save it as it is, ten minutes after the
        detaching at the earliest. Otherwise choose another certificate, or delete the listener.
      </Text>
    </Alert>
  );
}
