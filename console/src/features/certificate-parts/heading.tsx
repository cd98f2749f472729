// SPDX-License-Identifier: Apache-2.0
import { Anchor, Breadcrumbs, Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Given } from './given';

interface Props {
  title: string;
  // The pages above, outermost first.
  above?: { text: string; to: string }[];
  beside?: ReactNode;
  actions?: ReactNode;
}

export function Heading({ title, above, beside, actions }: Props) {
  return (
    <Stack gap={4} mb="md">
      {above !== undefined && (
        <Breadcrumbs fz="sm">
          {above.map(({ text, to }) => (
            <Anchor key={to} component={Link} to={to} fz="sm">
              {text}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" gap="sm">
        <Group gap="sm" style={{ minWidth: 0 }}>
          <Title order={1} fz={{ base: 22, sm: 28 }} style={{ overflowWrap: 'anywhere' }}>
            <Given text={title} />
          </Title>
          {beside}
        </Group>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
    </Stack>
  );
}
