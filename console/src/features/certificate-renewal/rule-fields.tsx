// SPDX-License-Identifier: Apache-2.0
// The controls of a renewal rule, for the form of a new certificate and for a change.
import { SimpleGrid, Stack, Switch } from '@mantine/core';

import { DurationInput } from './duration-input';
import { checkRule, type RenewalRule } from './preview';

interface Props {
  renews: boolean;
  rule: RenewalRule;
  lifetimeSeconds: number;
  onRenews: (renews: boolean) => void;
  onRule: (rule: RenewalRule) => void;
  // One below the other, where there is little room.
  narrow?: boolean;
  errors: { interval?: string | undefined; advance?: string | undefined };
}

export function RuleFields(props: Props) {
  const { renews, rule, lifetimeSeconds, onRenews, onRule, errors, narrow = false } = props;
  const refused = renews ? checkRule(rule, lifetimeSeconds) : null;
  const at = (field: string): string | undefined =>
    refused?.field === field ? refused.text : undefined;
  return (
    <Stack gap="sm">
      <Switch
        label="Renew by itself"
        description="Each new version is proved on a few nodes first, then on all."
        checked={renews}
        onChange={(event) => onRenews(event.currentTarget.checked)}
      />
      {renews && (
        <SimpleGrid cols={narrow ? 1 : { base: 1, xs: 2 }}>
          <DurationInput
            label="Renew every"
            description="When the next version shall be in use."
            value={rule.intervalSeconds}
            onChange={(intervalSeconds) => onRule({ ...rule, intervalSeconds })}
            error={errors.interval ?? at('renewalInterval')}
          />
          <DurationInput
            label="Begin this long before"
            description="Time for tries, should the first fail."
            value={rule.advanceSeconds}
            onChange={(advanceSeconds) => onRule({ ...rule, advanceSeconds })}
            error={errors.advance ?? at('advanceRenewalPeriod')}
          />
        </SimpleGrid>
      )}
    </Stack>
  );
}
