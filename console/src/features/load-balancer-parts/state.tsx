// SPDX-License-Identifier: Apache-2.0
// The state of a load balancer and of what was ordered of it: colour, icon and word.
import { Badge } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconProgress, IconTrash } from '@tabler/icons-react';

import { inWords } from '../certificate-parts/words';

const LOOKS = {
  ACTIVE: { color: 'teal', Icon: IconCircleCheck },
  SUCCEEDED: { color: 'teal', Icon: IconCircleCheck },
  CREATING: { color: 'blue', Icon: IconProgress },
  ACCEPTED: { color: 'blue', Icon: IconProgress },
  IN_PROGRESS: { color: 'blue', Icon: IconProgress },
  DELETING: { color: 'gray', Icon: IconTrash },
  DELETED: { color: 'gray', Icon: IconTrash },
  FAILED: { color: 'red', Icon: IconCircleX },
} as const;

export function StateBadge({ state }: { state: keyof typeof LOOKS }) {
  const { color, Icon } = LOOKS[state] ?? LOOKS.CREATING;
  return (
    <Badge
      color={color}
      variant="light"
      tt="none"
      autoContrast
      leftSection={<Icon size={14} aria-hidden />}
    >
      {inWords(state)}
    </Badge>
  );
}
