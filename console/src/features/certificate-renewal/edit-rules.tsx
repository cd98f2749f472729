// SPDX-License-Identifier: Apache-2.0
// Changing the renewal rule.
import { Box, Button, Group, Modal, SimpleGrid, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
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
import { FormFailure } from '../certificate-parts/failure-note';
import { ownCall, sdkCall } from '../certificate-parts/words';
import { ConflictNote } from '../edit-conflict/conflict-note';
import { sameJson } from '../edit-conflict/guarded-save';
import { useGuardedSave } from '../edit-conflict/use-guarded-save';
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
  const before = ruleOf(certificate.certificateRules);
  // What was entered over an older state is not brought back over a newer one.
  const [usual] = useState({ renews: before !== null, rule: before ?? suggestRule(lifetime) });
  const form = useKeptForm(`rules ${certificate.id} ${etag ?? ''}`, usual);
  const { renews, rule } = form.value;
  const mine = renews ? rule : null;
  const body = { certificateRules: rulesOf({ renews, rule }) };
  const edit = useGuardedSave<RenewalRule | null, unknown>(
    { etag: etag ?? undefined, value: before },
    {
      read: async () => {
        const now = await getCertificate(certificate.id);
        return { etag: now.etag, value: ruleOf(now.body.certificateRules) };
      },
      write: (ifMatch) => updateCertificate(certificate.id, body, ifMatch),
      same: sameJson,
      wanted: (now) => sameJson(now, mine),
    },
    () => {
      form.forget();
      void queries.invalidateQueries();
      onClose();
    },
  );
  const { seen, theirs } = edit;
  const failure = edit.error === undefined ? undefined : failureOf(edit.error);
  const errors = fieldErrors(failure, POINTERS);
  const [intervalAt, advanceAt, rulesAt] = POINTERS;
  const problem = renews ? checkRule(rule, lifetime)?.text : undefined;
  const validity = certificate.currentVersion?.validity?.timeOfValidityNotBefore;

  return (
    <Modal opened onClose={onClose} title="Renewal rule" size="xl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined && theirs === undefined) void edit.save();
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
            {theirs === undefined && <FormFailure error={edit.error} errors={errors} />}
          </Stack>
          <PreviewPanel
            start={validity === undefined ? new Date() : new Date(validity)}
            lifetimeSeconds={lifetime}
            rule={renews ? rule : null}
            problem={problem}
          />
        </SimpleGrid>
        {theirs !== undefined && (
          <Box mt="lg">
            <ConflictNote
              edit={edit}
              differences={[
                {
                  label: 'Renewal',
                  before: ruleInWords(seen.value),
                  theirs: ruleInWords(theirs.value),
                  mine: ruleInWords(mine),
                },
              ]}
              onTake={(taken) => {
                form.change({ renews: taken !== null, ...(taken === null ? {} : { rule: taken }) });
                void queries.invalidateQueries();
              }}
            />
          </Box>
        )}
        <Group justify="flex-end" mt="lg">
          <CopyAs
            recipe={{
              // The command line has no verb for it; `perennial api` only reads.
              cli: ownCall('PUT', `/20210224/certificates/${certificate.id}`, body),
              sdk: sdkCall('certificatesManagementClient', 'updateCertificate', {
                certificateId: certificate.id,
                updateCertificateDetails: body,
                ...(seen.etag === undefined ? {} : { ifMatch: seen.etag }),
              }),
            }}
          />
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button
              type="submit"
              loading={edit.busy}
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
