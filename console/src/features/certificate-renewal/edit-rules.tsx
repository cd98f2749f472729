// SPDX-License-Identifier: Apache-2.0
// Changing the renewal rule. When somebody else has changed the certificate meanwhile, both versions
// are shown and nothing is overwritten without a choice.
import { Alert, Button, Group, Modal, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import {
  type Certificate,
  type CertificateRule,
  getCertificate,
  updateCertificate,
} from '../../api/certificates';
import { rulesOf } from '../certificate-create/draft';
import { PreviewPanel } from '../certificate-create/preview-panel';
import { CopyAs } from '../certificate-parts/copy-as';
import { failureOf, fieldErrors } from '../certificate-parts/failure';
import { FailureNote } from '../certificate-parts/failure-note';
import { readable } from '../certificate-parts/readable';
import { ownCall, sdkCall } from '../certificate-parts/words';
import { useKeptForm } from '../kept-form/kept-form';
import { KeptNote } from '../kept-form/kept-note';
import { DAY, durationInWords, parseDuration } from './duration';
import { checkRule, type RenewalRule, suggestRule } from './preview';
import { RuleFields } from './rule-fields';

export function ruleOf(rules: CertificateRule[] | undefined): RenewalRule | null {
  const rule = rules?.[0];
  if (rule === undefined) return null;
  return {
    intervalSeconds: parseDuration(rule.renewalInterval) ?? 0,
    advanceSeconds: parseDuration(rule.advanceRenewalPeriod) ?? 0,
  };
}

export function ruleInWords(rule: RenewalRule | null): string {
  if (rule === null) return 'Does not renew itself';
  const every = durationInWords(rule.intervalSeconds);
  return `Every ${every}, beginning ${durationInWords(rule.advanceSeconds)} before`;
}

export function lifetimeOf(certificate: Certificate): number {
  const validity = certificate.currentVersion?.validity;
  if (validity?.timeOfValidityNotBefore === undefined) return 90 * DAY;
  const from = new Date(validity.timeOfValidityNotBefore).getTime();
  return Math.round((new Date(validity.timeOfValidityNotAfter).getTime() - from) / 1000) + 1;
}

interface Props {
  certificate: Certificate;
  etag: string | null;
  onClose: () => void;
}

const POINTERS = [
  '/certificateRules/0/renewalInterval',
  '/certificateRules/0/advanceRenewalPeriod',
  '/certificateRules',
] as const;

export function EditRules({ certificate, etag, onClose }: Props) {
  const queries = useQueryClient();
  const lifetime = lifetimeOf(certificate);
  // As it was when the window opened: what is fetched behind it must not change it under the hands.
  const [seen, setSeen] = useState({ etag, rule: ruleOf(certificate.certificateRules) });
  const [theirs, setTheirs] = useState<{ etag: string | null; rule: RenewalRule | null }>();
  // What was entered over an older state is not brought back over a newer one.
  const [usual] = useState({
    renews: seen.rule !== null,
    rule: seen.rule ?? suggestRule(lifetime),
  });
  const form = useKeptForm(`rules ${certificate.id} ${etag ?? ''}`, usual);
  const { renews, rule } = form.value;
  const body = { certificateRules: rulesOf({ renews, rule }) };
  const save = useMutation({
    mutationFn: (ifMatch: string | null) =>
      updateCertificate(certificate.id, body, ifMatch ?? undefined),
    onSuccess: async () => {
      form.forget();
      await queries.invalidateQueries();
      onClose();
    },
    onError: async (error) => {
      const { status, code } = failureOf(error);
      if (status !== 412 && code !== 'NoEtagMatch' && status !== 409) return;
      const now = await getCertificate(certificate.id);
      if (now.etag === seen.etag) return;
      setTheirs({ etag: now.etag ?? null, rule: ruleOf(now.body.certificateRules) });
    },
  });
  const failure = save.error === null ? undefined : failureOf(save.error);
  const errors = fieldErrors(failure, POINTERS);
  const [intervalAt, advanceAt, rulesAt] = POINTERS;
  const problem = renews ? checkRule(rule, lifetime)?.text : undefined;
  const validity = certificate.currentVersion?.validity?.timeOfValidityNotBefore;

  return (
    <Modal opened onClose={onClose} title="Renewal rule" size="xl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined && theirs === undefined) save.mutate(seen.etag);
        }}
      >
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <Stack gap="md">
            <KeptNote form={form} />
            <RuleFields
              narrow
              renews={renews}
              rule={rule}
              lifetimeSeconds={lifetime}
              onRenews={(now) => form.change({ renews: now })}
              onRule={(now) => form.change({ rule: now })}
              errors={{ interval: errors[intervalAt] ?? errors[rulesAt], advance: errors[advanceAt] }}
            />
            {theirs !== undefined && (
              <Alert
                color="yellow"
                variant="light"
                role="alert"
                styles={{ title: { color: readable('yellow') } }}
                icon={<IconUsers aria-hidden />}
                title="Somebody else changed it meanwhile"
              >
                <Stack gap={6}>
                  <Text size="sm">
                    <b>Theirs, in force:</b> {ruleInWords(theirs.rule)}
                  </Text>
                  <Text size="sm">
                    <b>Yours, not saved:</b> {ruleInWords(renews ? rule : null)}
                  </Text>
                  <Group gap="xs">
                    <Button
                      size="xs"
                      variant="default"
                      onClick={() => {
                        form.forget();
                        void queries.invalidateQueries();
                        onClose();
                      }}
                    >
                      Keep theirs
                    </Button>
                    <Button
                      size="xs"
                      color="yellow"
                      autoContrast
                      loading={save.isPending}
                      onClick={() => {
                        setSeen(theirs);
                        setTheirs(undefined);
                        save.mutate(theirs.etag);
                      }}
                    >
                      Replace it with mine
                    </Button>
                  </Group>
                </Stack>
              </Alert>
            )}
            {theirs === undefined && Object.keys(errors).length === 0 && (
              <FailureNote error={save.error} />
            )}
          </Stack>
          <PreviewPanel
            start={validity === undefined ? new Date() : new Date(validity)}
            lifetimeSeconds={lifetime}
            rule={renews ? rule : null}
            problem={problem}
          />
        </SimpleGrid>
        <Group justify="space-between" mt="lg">
          <CopyAs
            recipe={{
              // The command line has no verb for it; `perennial api` only reads.
              cli: ownCall('PUT', `/20210224/certificates/${certificate.id}`, body),
              sdk: sdkCall('certificatesManagementClient', 'updateCertificate', {
                certificateId: certificate.id,
                updateCertificateDetails: body,
                ...(seen.etag === null ? {} : { ifMatch: seen.etag }),
              }),
            }}
          />
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={problem !== undefined || theirs !== undefined}
            >
              Save the rule
            </Button>
          </Group>
        </Group>
      </form>
    </Modal>
  );
}
