// SPDX-License-Identifier: Apache-2.0
// Colour is about risk, not age, and never alone: an icon and a word say the same.
import { Badge, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconClockExclamation,
  IconProgress,
} from '@tabler/icons-react';

import type { Risk } from '../../api/certificates';
import { Given } from './given';
import { readable } from './readable';

const RISKS = {
  GREEN: { color: 'teal', word: 'Safe', Icon: IconCircleCheck },
  BLUE: { color: 'blue', word: 'On its way', Icon: IconProgress },
  AMBER: { color: 'yellow', word: 'Late', Icon: IconClockExclamation },
  RED: { color: 'red', word: 'Needs you', Icon: IconAlertTriangle },
  GREY: { color: 'gray', word: 'Unused', Icon: IconCircleDashed },
} as const;

// riskLook: the word and the icon that always stand beside the colour.
export function riskLook(risk: Risk) {
  return RISKS[risk];
}

export function riskWord(risk: Risk): string {
  return RISKS[risk].word;
}

export function riskColor(risk: Risk): string {
  return RISKS[risk].color;
}

export function RiskIcon({ risk, size }: { risk: Risk; size: number }) {
  const { color, Icon } = RISKS[risk];
  return <Icon size={size} color={readable(color)} style={{ flexShrink: 0 }} aria-hidden />;
}

export function RiskBadge({ risk, reason }: { risk: Risk; reason?: string }) {
  const { color, word, Icon } = RISKS[risk];
  const badge = (
    <Badge
      color={color}
      variant="light"
      tt="none"
      c={readable(color)}
      leftSection={<Icon size={14} aria-hidden />}
    >
      {word}
    </Badge>
  );
  if (reason === undefined || reason === '') return badge;
  return (
    <Tooltip label={<Given text={reason} />} multiline maw={360}>
      {badge}
    </Tooltip>
  );
}
