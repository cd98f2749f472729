// SPDX-License-Identifier: Apache-2.0
// A duration as a number beside its unit. The value is whole seconds.
import { NativeSelect, NumberInput } from '@mantine/core';
import { useState } from 'react';

import { type DurationUnit, durationUnits, joinDuration, splitDuration } from './duration';

interface Props {
  label: string;
  description?: string;
  error?: string | undefined;
  value: number;
  onChange: (seconds: number) => void;
}

export function DurationInput({ label, description, error, value, onChange }: Props) {
  const [unit, setUnit] = useState<DurationUnit>(() => splitDuration(value).unit);
  // What was given from outside may not fit the unit; then its own unit is shown.
  const inUnit = value / joinDuration(1, unit);
  const shown = Number.isInteger(inUnit) ? { value: inUnit, unit } : splitDuration(value);
  return (
    <NumberInput
      label={label}
      description={description}
      error={error}
      min={0}
      allowDecimal={false}
      allowNegative={false}
      hideControls
      value={shown.value}
      onChange={(next) => onChange(joinDuration(Number(next) || 0, shown.unit))}
      inputContainer={(number) => (
        <div style={BESIDE}>
          {number}
          <NativeSelect
            aria-label={`${label}: unit`}
            data={durationUnits}
            value={shown.unit}
            onChange={(event) => {
              const next = event.currentTarget.value as DurationUnit;
              setUnit(next);
              onChange(joinDuration(shown.value, next));
            }}
          />
        </div>
      )}
    />
  );
}

const BESIDE = {
  display: 'grid',
  gridTemplateColumns: 'minmax(60px, 1fr) minmax(96px, 116px)',
  alignItems: 'end',
  gap: 6,
} as const;
