// SPDX-License-Identifier: Apache-2.0
// A root and an issuing authority in one step. When the second is refused, the first stays, and a
// second try goes on from it.
import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { createAuthority } from '../../api/certificates';
import { splitNames } from '../certificate-create/draft';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FormFailure } from '../certificate-parts/failure-note';
import { sdkCall } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { type AuthorityDraft, cliOf, issuingDetails, rootDetails, usualDraft } from './draft';

const POINTERS = [
  '/name',
  '/certificateAuthorityConfig/validity',
  '/certificateAuthorityRules/0/nameConstraint',
  '/certificateAuthorityRules/1/leafCertificateMaxValidityDuration',
  '/certificateAuthorityConfig/subject/organization',
  '/certificateAuthorityConfig/subject',
] as const;

interface Props {
  compartmentId: string;
  onClose: () => void;
  onDone: (issuingId: string) => void;
}

export function CreateAuthorities({ compartmentId, onClose, onDone }: Props) {
  const queries = useQueryClient();
  const form = useKeptForm<AuthorityDraft>('authorities', usualDraft);
  const { value: draft, change: set } = form;
  const { rootId } = draft;
  const create = useMutation({
    mutationFn: async () => {
      let issuer = rootId;
      if (issuer === undefined) {
        const root = await form.send(
          'root',
          () => rootDetails(draft, compartmentId, new Date()),
          createAuthority,
        );
        issuer = root.body.id;
        set({ rootId: issuer });
      }
      const signer = issuer;
      const issuing = await form.send(
        'issuing',
        () => issuingDetails(draft, compartmentId, signer, new Date()),
        createAuthority,
      );
      return issuing.body.id;
    },
    onSuccess: (id) => {
      form.forget();
      onDone(id);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['authorities'] }),
  });
  const failure = create.error === null ? undefined : failureOf(create.error);
  const errors = fieldErrors(failure, POINTERS);
  const [nameAt, validityAt, domainsAt, leafAt, organizationAt, subjectAt] = POINTERS;
  // The common name is made of the name.
  const nameError = errors[nameAt] ?? errors[subjectAt];
  const ofRoot = rootId === undefined;
  const now = new Date();
  return (
    <Modal opened onClose={onClose} title="A root and an issuing authority" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack gap="md">
          <KeptNote form={form} />
          <Text size="sm" c="dimmed">
            The root is what people trust; it signs only authorities and is then left alone. The
            issuing authority signs certificates, and can be replaced without anybody's trusting
            anew.
          </Text>
          <TextInput
            label="Organization"
            description="Stands in both certificates."
            placeholder="Example Ltd"
            value={draft.organization}
            onChange={(event) => set({ organization: event.currentTarget.value })}
            disabled={!ofRoot}
            error={errors[organizationAt]}
            data-autofocus
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label="Name of the root"
              required
              value={draft.rootName}
              onChange={(event) => set({ rootName: event.currentTarget.value })}
              disabled={!ofRoot}
              error={ofRoot ? nameError : undefined}
            />
            <NumberInput
              label="Root lives, years"
              min={1}
              max={30}
              allowDecimal={false}
              value={draft.rootYears}
              onChange={(years) => set({ rootYears: Number(years) || 1 })}
              disabled={!ofRoot}
              error={ofRoot ? errors[validityAt] : undefined}
            />
            <TextInput
              label="Name of the issuing authority"
              required
              value={draft.issuingName}
              onChange={(event) => set({ issuingName: event.currentTarget.value })}
              error={ofRoot ? undefined : nameError}
            />
            <NumberInput
              label="Issuing authority lives, years"
              min={1}
              max={30}
              allowDecimal={false}
              value={draft.issuingYears}
              onChange={(years) => set({ issuingYears: Number(years) || 1 })}
              error={
                (ofRoot ? undefined : errors[validityAt]) ??
                (draft.issuingYears > draft.rootYears ? 'Must not outlive the root.' : undefined)
              }
            />
          </SimpleGrid>
          <NumberInput
            label="Certificates live at most, days"
            min={1}
            max={3650}
            allowDecimal={false}
            value={draft.leafDays}
            onChange={(days) => set({ leafDays: Number(days) || 1 })}
            error={errors[leafAt]}
          />
          <TagsInput
            label="Only for these domains"
            description="Stands in its certificate for ever; every client refuses other names. Empty: any."
            placeholder={draft.domains.length === 0 ? 'example.com' : ''}
            splitChars={[',', ' ', ';']}
            acceptValueOnBlur
            // Nothing to choose from, so Escape is the window’s.
            dropdownOpened={false}
            value={draft.domains}
            onChange={(domains) => set({ domains: domains.flatMap(splitNames) })}
            error={errors[domainsAt]}
          />
          {!ofRoot && (
            <Alert color="teal" variant="light" icon={<IconCircleCheck aria-hidden />}>
              The root “{draft.rootName}” was made. Trying again makes the issuing authority below it.
            </Alert>
          )}
          <FormFailure error={create.error} errors={errors} />
          <Group justify="flex-end">
            <CopyAs
              recipe={{
                cli: cliOf(draft),
                sdk: [
                  sdkCall('certificatesManagementClient', 'createCertificateAuthority', {
                    createCertificateAuthorityDetails: rootDetails(draft, compartmentId, now),
                  }),
                  sdkCall('certificatesManagementClient', 'createCertificateAuthority', {
                    createCertificateAuthorityDetails: issuingDetails(
                      draft,
                      compartmentId,
                      rootId ?? 'OCID_OF_THE_ROOT',
                      now,
                    ),
                  }),
                ].join('\n'),
              }}
            />
            <Button
              type="submit"
              loading={create.isPending}
              disabled={
                compartmentId === '' ||
                draft.rootName === '' ||
                draft.issuingName === '' ||
                draft.issuingYears > draft.rootYears
              }
            >
              {ofRoot ? 'Make both' : 'Make the issuing authority'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
