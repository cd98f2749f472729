// SPDX-License-Identifier: Apache-2.0
// SSL settings: which certificate, from which compartment.
import { Alert, Anchor, Input, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'react-router';

import type { Place } from '../access-parts/tenancy';
import { FailureNote } from '../certificate-parts/failure-note';
import { dayOf } from '../certificate-parts/time';
import { useZone, type Zone } from '../certificate-parts/zone';
import { type Servable, SHOWN, useChosen, useServable } from './servable';

interface Props {
  places: Place[];
  compartmentId: string;
  certificateId: string;
  error: string | undefined;
  onCompartment: (id: string) => void;
  onCertificate: (id: string) => void;
}

export function CertificatePicker(props: Props) {
  const zone = useZone();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, 150);
  const chosen = useChosen(props.certificateId).data;
  // What stands in the field after picking is a name, and nothing to search for.
  const sought = (text: string): string => (text === chosen?.name ? '' : text);
  const certificates = useServable(props.compartmentId, sought(search));
  const stale = typed !== search || certificates.isPlaceholderData;
  // Until the server has answered, nothing is offered that does not fit: a quick Enter would pick it.
  const found = (certificates.data ?? []).filter((one) => !stale || fits(one, sought(typed)));
  const known = new Map(found.map((one) => [one.id, one]));
  const options = found.map(({ id, name }) => ({ value: id, label: name }));
  // One of another compartment, or one that may not be read, stays visible as what it is.
  if (props.certificateId !== '' && !known.has(props.certificateId)) {
    options.unshift({ value: props.certificateId, label: chosen?.name ?? props.certificateId });
  }
  const none = certificates.isSuccess && found.length === 0 && search === '' && options.length === 0;
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
      {none ? (
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
          placeholder={certificates.isPending ? 'Looking …' : 'Pick one, or type its name'}
          data={options}
          filter={({ options: as }) => as}
          value={props.certificateId === '' ? null : props.certificateId}
          error={props.error}
          {...(found.length === SHOWN
            ? { description: `The first ${SHOWN} are shown; type to find the others` }
            : {})}
          searchable
          onSearchChange={setTyped}
          nothingFoundMessage={
            stale || certificates.isFetching ? 'Looking …' : 'No certificate here has such a name'
          }
          onChange={(id) => props.onCertificate(id ?? '')}
          renderOption={({ option }) => (
            <Option name={option.label} certificate={known.get(option.value)} zone={zone} />
          )}
          required
          withAsterisk
        />
      )}
      {chosen !== undefined && (
        <Input.Wrapper
          label="It speaks for"
          labelElement="div"
          description="The newest version in use; later ones are picked up by themselves"
        >
          <Text size="sm" mt={4} style={{ overflowWrap: 'anywhere' }}>
            {namesAndExpiry(chosen, zone)}
          </Text>
        </Input.Wrapper>
      )}
    </Stack>
  );
}

function fits({ name, names }: Servable, text: string): boolean {
  const part = text.trim().toLowerCase();
  return [name, ...names].some((one) => one.toLowerCase().includes(part));
}

function namesAndExpiry({ names, until }: Servable, zone: Zone): string {
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
  return until === undefined ? shown : `${shown} · until ${dayOf(new Date(until), zone)}`;
}

function Option(props: { name: string; certificate: Servable | undefined; zone: Zone }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="sm" truncate>
        {props.name}
      </Text>
      {props.certificate !== undefined && (
        <Text size="xs" c="dimmed" truncate>
          {namesAndExpiry(props.certificate, props.zone)}
        </Text>
      )}
    </div>
  );
}
