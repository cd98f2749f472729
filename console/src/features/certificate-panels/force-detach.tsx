// SPDX-License-Identifier: Apache-2.0
// Taking a right away against the will of the service that holds it: what that does, and the name, typed.
import { Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';

import { type Association, forceDetach } from '../../api/certificates';
import { ResourceName } from '../certificate-parts/resource-name';
import { ownCall, shellLine } from '../certificate-parts/words';
import { Confirm } from '../load-balancer-parts/confirm';

interface Props {
  association: Association;
  // Of the certificate or authority, as it is to be typed.
  name: string;
  onClose: () => void;
}

export function ForceDetach({ association, name, onClose }: Props) {
  const queries = useQueryClient();
  const path = `/20260101/associations/${association.id}/actions/forceDetach`;
  return (
    <Confirm
      title="Detach by force"
      action="Detach"
      typed={name}
      run={() => forceDetach(association.id, name)}
      onClose={onClose}
      onDone={() => void queries.invalidateQueries()}
      recipe={{
        cli: shellLine('perennial', 'association', 'force-detach', association.id, '--yes'),
        sdk: ownCall('POST', path, { confirmName: name }),
        sdkLabel: 'Request',
      }}
    >
      <Stack gap="xs">
        <Text size="sm">
          At once, <ResourceName id={association.associatedResourceId} /> may no longer read the key of
          “{name}”, and for ten minutes nobody can attach the two again.
        </Text>
        <Text size="sm">
          Its listeners are not touched: they go on serving the version that they have until it expires, and
          get no newer one. To end that, delete the listener or give it another certificate. To give the
          right back, save the listener as it is.
        </Text>
        <Text size="sm" c="dimmed">
          This is for a service that does not let go by itself. It needs a policy that lets you manage
          associations, and stands in the audit under your name.
        </Text>
      </Stack>
    </Confirm>
  );
}
