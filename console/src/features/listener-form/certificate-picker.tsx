// SPDX-License-Identifier: Apache-2.0
// SSL settings: which certificate, from which compartment.
import { Alert, Anchor, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { listServableCertificates, type CertificateSummary } from '../../api/load-balancers';
import type { Place } from '../access-parts/tenancy';
import { FailureNote } from '../certificate-parts/failure-note';
import { dayOf } from '../certificate-parts/time';
import { serverNamesOf } from './draft';

interface Props {
  places: Place[];
  compartmentId: string;
  certificateId: string;
  error: string | undefined;
  onCompartment: (id: string) => void;
  onCertificate: (id: string) => void;
}

export function useServable(compartmentId: string) {
  return useQuery({
    queryKey: ['load-balancers', 'servable', compartmentId],
    queryFn: ({ signal }) => listServableCertificates(compartmentId, signal),
    enabled: compartmentId !== '',
  });
}

export function CertificatePicker(props: Props) {
  const certificates = useServable(props.compartmentId);
  const chosen = certificates.data?.find(({ id }) => id === props.certificateId);
  // A certificate of another compartment, or one that may not be listed, stays visible as what it is.
  const options = (certificates.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  if (props.certificateId !== '' && chosen === undefined && !certificates.isPending) {
    options.unshift({ value: props.certificateId, label: props.certificateId });
  }
  return (
    <Stack gap="sm">
      <Select
        label="Certificate resource"
        description="Where the certificate and its key come from"
        data={[{ value: 'service', label: 'Certificate service managed certificate' }]}
        value="service"
        allowDeselect={false}
      />
      <Select
        label="Compartment"
        data={props.places.map(({ id, name }) => ({ value: id, label: name }))}
        value={props.compartmentId}
        allowDeselect={false}
        searchable
        onChange={(id) => id !== null && props.onCompartment(id)}
      />
      <FailureNote error={certificates.error} retry={() => void certificates.refetch()} />
      {certificates.data?.length === 0 ? (
        <Alert color="blue" title="No certificate in this compartment">
          <Text size="sm">
            <Anchor component={Link} to="/certificates/new" inherit>
              Create one
            </Anchor>{' '}
            in a minute, or look in another compartment.
          </Text>
          {props.error !== undefined && (
            <Text size="sm" c="red" mt={4}>
              {props.error}
            </Text>
          )}
        </Alert>
      ) : (
        <Select
          label="Certificate"
          placeholder={certificates.isPending ? 'Looking …' : 'Pick one'}
          data={options}
          value={props.certificateId === '' ? null : props.certificateId}
          error={props.error}
          searchable
          nothingFoundMessage="No certificate has such a name"
          onChange={(id) => props.onCertificate(id ?? '')}
          renderOption={({ option }) => (
            <Certificate
              name={option.label}
              certificate={certificates.data?.find(({ id }) => id === option.value)}
            />
          )}
          required
          withAsterisk
        />
      )}
      {chosen !== undefined && (
        <TextInput
          label="It speaks for"
          description="The newest version in use; later ones are picked up by themselves"
          value={namesAndExpiry(chosen)}
          readOnly
          variant="filled"
        />
      )}
    </Stack>
  );
}

function namesAndExpiry(certificate: CertificateSummary): string {
  const names = serverNamesOf(certificate);
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
  const until = certificate.currentVersionSummary?.validity?.timeOfValidityNotAfter;
  return until === undefined ? shown : `${shown} · until ${dayOf(new Date(until))}`;
}

function Certificate(props: { name: string; certificate: CertificateSummary | undefined }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="sm" truncate>
        {props.name}
      </Text>
      {props.certificate !== undefined && (
        <Text size="xs" c="dimmed" truncate>
          {namesAndExpiry(props.certificate)}
        </Text>
      )}
    </div>
  );
}
