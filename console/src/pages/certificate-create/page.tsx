// SPDX-License-Identifier: Apache-2.0
// A new certificate: with good defaults two fields suffice, and the preview says what will happen.
import {
  Accordion,
  Alert,
  Anchor,
  Button,
  Card,
  Chip,
  Grid,
  Group,
  Input,
  Select,
  Stack,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { IconBuildingFortress } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';

import {
  type Authority,
  type CertificateProfileType,
  createCertificate,
  type KeyAlgorithm,
} from '../../api/certificates';
import {
  cliOf,
  commonNameOf,
  detailsOf,
  type Draft,
  emptyDraft,
  POINTERS,
  splitNames,
  suggestName,
} from '../../features/certificate-create/draft';
import { PreviewPanel } from '../../features/certificate-create/preview-panel';
import { CopyAs } from '../../features/certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../../features/certificate-parts/failure';
import { FailureNote, FormFailure } from '../../features/certificate-parts/failure-note';
import { Heading } from '../../features/certificate-parts/heading';
import { useOwnSession } from '../../features/access-parts/tenancy';
import { useAuthorities } from '../../features/certificate-parts/authorities';
import { sdkCall } from '../../features/certificate-parts/words';
import { DAY, parseDuration } from '../../features/certificate-renewal/duration';
import { DurationInput } from '../../features/certificate-renewal/duration-input';
import { checkRule, suggestRule } from '../../features/certificate-renewal/preview';
import { RuleFields } from '../../features/certificate-renewal/rule-fields';
import { useKeptForm } from '../../features/kept-form/kept-form';
import { KeptNote } from '../../features/kept-form/kept-note';

const LIVES = [30, 90, 180, 365];
const KEYS = [
  { value: 'ECDSA_P256', label: 'ECDSA P-256 — fast, for every client of today' },
  { value: 'ECDSA_P384', label: 'ECDSA P-384' },
  { value: 'RSA2048', label: 'RSA 2048 — for old clients' },
  { value: 'RSA4096', label: 'RSA 4096' },
];
const PROFILES = [
  { value: 'TLS_SERVER_OR_CLIENT', label: 'TLS server or client' },
  { value: 'TLS_SERVER', label: 'TLS server' },
  { value: 'TLS_CLIENT', label: 'TLS client' },
  { value: 'TLS_CODE_SIGN', label: 'Code signing' },
];

// The part of the form that is folded at first.
const MORE = 'more';
const INSIDE = [
  ...[POINTERS.key, POINTERS.profile, POINTERS.subject, POINTERS.commonName],
  ...[POINTERS.organization, POINTERS.description, POINTERS.compartment],
];

// Roots sign authorities; the first that a root has signed is the usual issuer.
function usualIssuer(authorities: Authority[]): string {
  const active = authorities.filter((one) => one.lifecycleState === 'ACTIVE');
  const issuing = active.filter((one) => one.configType !== 'ROOT_CA_GENERATED_INTERNALLY');
  return (issuing[0] ?? active[0])?.id ?? '';
}

function longestLife(authority: Authority | undefined): number | undefined {
  const rule = authority?.certificateAuthorityRules?.find(
    (one) => one.leafCertificateMaxValidityDuration !== undefined,
  );
  const text = rule?.leafCertificateMaxValidityDuration;
  return text === undefined ? undefined : (parseDuration(text) ?? undefined);
}

export default function CertificateCreatePage() {
  const [parameters] = useSearchParams();
  const session = useOwnSession();
  const authorities = useAuthorities();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [more, setMore] = useState(false);
  const [start] = useState(() => new Date());
  const [tried, setTried] = useState(false);
  const known = authorities.data ?? [];
  const form = useKeptForm<Draft>('certificate-create', {
    ...emptyDraft(session.data?.tenancyId ?? ''),
    issuerId: parameters.get('issuer') ?? usualIssuer(known),
  });
  const { value: draft, change: set } = form;
  const create = useMutation({
    mutationFn: () => form.send('create', () => detailsOf(draft, new Date()), createCertificate),
    onSuccess: async ({ body }) => {
      form.forget();
      await queries.invalidateQueries({ queryKey: ['inventory'] });
      await navigate(`/certificates/${encodeURIComponent(body.id)}`);
    },
  });
  const failure = create.error === null ? undefined : failureOf(create.error);
  const errors = fieldErrors(failure, Object.values(POINTERS));
  // What is refused must be in sight.
  if (!more && INSIDE.some((pointer) => errors[pointer] !== undefined)) setMore(true);
  const issuer = known.find((one) => one.id === draft.issuerId);
  const longest = longestLife(issuer);
  const problem = draft.renews ? checkRule(draft.rule, draft.lifetimeSeconds)?.text : undefined;
  const ready = draft.names.length > 0 && draft.issuerId !== '' && problem === undefined;

  const setLife = (lifetimeSeconds: number): void =>
    set({ lifetimeSeconds, rule: suggestRule(lifetimeSeconds) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (ready) create.mutate();
  };
  const details = detailsOf(draft, start);

  return (
    <form onSubmit={submit}>
      <Heading title="Create certificate" above={[{ text: 'Certificates', to: '/certificates' }]} />
      {authorities.isSuccess && known.length === 0 && (
        <Alert
          mb="md"
          icon={<IconBuildingFortress aria-hidden />}
          title="An authority is needed first"
          variant="light"
        >
          A certificate is issued by an authority, and there is none yet.{' '}
          <Anchor component={Link} to="/authorities?create=1">
            Make a root and an issuing authority
          </Anchor>{' '}
          in one step, then come back.
        </Alert>
      )}
      <FailureNote error={authorities.error} retry={() => void authorities.refetch()} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <KeptNote form={form} />
            <Card withBorder radius="md" padding="lg">
              <Stack gap="md">
                <TagsInput
                  label="Names it is for"
                  description="Domains or addresses; Enter or a comma after each. Several can be pasted."
                  placeholder={draft.names.length === 0 ? 'shop.example.com' : ''}
                  withAsterisk
                  data-autofocus
                  splitChars={[',', ' ', ';', '\n']}
                  acceptValueOnBlur
                  // Nothing to choose from, so Escape is the window’s.
                  dropdownOpened={false}
                  value={draft.names}
                  onChange={(names) => set({ names: [...new Set(names.flatMap(splitNames))] })}
                  error={
                    errors[POINTERS.names] ??
                    (tried && draft.names.length === 0 ? 'At least one name.' : undefined)
                  }
                />
                <TextInput
                  label="Name in Perennial"
                  description="Unique in its compartment; letters, digits, dots, dashes."
                  placeholder={suggestName(draft.names) || 'shop'}
                  value={draft.name}
                  onChange={(event) => set({ name: event.currentTarget.value })}
                  error={errors[POINTERS.name]}
                />
                <Select
                  label="Issued by"
                  withAsterisk
                  placeholder={authorities.isPending ? 'Looking …' : 'Choose an authority'}
                  data={known
                    .filter((one) => one.lifecycleState === 'ACTIVE')
                    .map((one) => ({ value: one.id, label: one.name }))}
                  value={draft.issuerId === '' ? null : draft.issuerId}
                  allowDeselect={false}
                  onChange={(issuerId) => set({ issuerId: issuerId ?? '' })}
                  error={
                    errors[POINTERS.issuer] ??
                    (tried && draft.issuerId === '' ? 'Somebody has to issue it.' : undefined)
                  }
                  searchable
                />
              </Stack>
            </Card>
            <Card withBorder radius="md" padding="lg">
              <Stack gap="md">
                <div>
                  <Input.Label labelElement="div" id="life-label">
                    Lives for
                  </Input.Label>
                  <Chip.Group
                    value={String(draft.lifetimeSeconds / DAY)}
                    onChange={(days) => setLife(Number(days) * DAY)}
                  >
                    <Group gap="xs" mt={6} role="group" aria-labelledby="life-label">
                      {LIVES.map((days) => (
                        <Chip key={days} value={String(days)} radius="sm">
                          {days} days
                        </Chip>
                      ))}
                    </Group>
                  </Chip.Group>
                </div>
                <DurationInput
                  label="Exactly"
                  value={draft.lifetimeSeconds}
                  onChange={setLife}
                  error={
                    errors[POINTERS.validity] ??
                    (longest !== undefined && draft.lifetimeSeconds > longest
                      ? `${issuer?.name ?? 'The authority'} allows ${longest / DAY} days at most.`
                      : undefined)
                  }
                />
                <RuleFields
                  renews={draft.renews}
                  rule={draft.rule}
                  lifetimeSeconds={draft.lifetimeSeconds}
                  onRenews={(renews) => set({ renews })}
                  onRule={(rule) => set({ rule })}
                  errors={{
                    interval: errors[POINTERS.interval] ?? errors[POINTERS.rules],
                    advance: errors[POINTERS.advance],
                  }}
                />
              </Stack>
            </Card>
            <Accordion
              variant="separated"
              radius="md"
              value={more ? MORE : null}
              onChange={(opened) => setMore(opened === MORE)}
            >
              <Accordion.Item value={MORE}>
                <Accordion.Control>Key, subject and description</Accordion.Control>
                <Accordion.Panel>
                  <Stack gap="md">
                    <Select
                      label="Key"
                      data={KEYS}
                      value={draft.keyAlgorithm}
                      allowDeselect={false}
                      onChange={(key) => set({ keyAlgorithm: (key ?? 'ECDSA_P256') as KeyAlgorithm })}
                      error={errors[POINTERS.key]}
                    />
                    <Select
                      label="For use as"
                      data={PROFILES}
                      value={draft.profile}
                      allowDeselect={false}
                      onChange={(profile) =>
                        set({ profile: (profile ?? 'TLS_SERVER_OR_CLIENT') as CertificateProfileType })
                      }
                      error={errors[POINTERS.profile]}
                    />
                    <TextInput
                      label="Common name"
                      description="The first name, unless another is given."
                      placeholder={commonNameOf(draft)}
                      value={draft.commonName}
                      onChange={(event) => set({ commonName: event.currentTarget.value })}
                      error={errors[POINTERS.commonName] ?? errors[POINTERS.subject]}
                    />
                    <TextInput
                      label="Organization"
                      value={draft.organization}
                      onChange={(event) => set({ organization: event.currentTarget.value })}
                      error={errors[POINTERS.organization]}
                    />
                    <TextInput
                      label="Description"
                      description="For people."
                      value={draft.description}
                      onChange={(event) => set({ description: event.currentTarget.value })}
                      error={errors[POINTERS.description]}
                    />
                    <TextInput
                      label="Compartment"
                      description="The tenancy itself, unless another OCID is given."
                      value={draft.compartmentId}
                      onChange={(event) => set({ compartmentId: event.currentTarget.value })}
                      error={errors[POINTERS.compartment]}
                    />
                  </Stack>
                </Accordion.Panel>
              </Accordion.Item>
            </Accordion>
            <FormFailure error={create.error} errors={errors} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <PreviewPanel
            start={start}
            lifetimeSeconds={draft.lifetimeSeconds}
            rule={draft.renews ? draft.rule : null}
            names={draft.names}
            problem={problem}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Group justify="flex-end">
            <CopyAs
              size="sm"
              recipe={{
                cli: cliOf(draft),
                sdk: sdkCall('certificatesManagementClient', 'createCertificate', {
                  createCertificateDetails: details,
                }),
              }}
            />
            <Group gap="xs">
              <Button component={Link} to="/certificates" variant="default">
                Back
              </Button>
              <Button type="submit" loading={create.isPending} disabled={problem !== undefined}>
                Create certificate
              </Button>
            </Group>
          </Group>
        </Grid.Col>
      </Grid>
    </form>
  );
}
