// SPDX-License-Identifier: Apache-2.0
// Names and values of an object, in as many columns as fit. What it does not have is left out.
import { Box, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Given } from './given';

// A wide one has a row of its own on a phone, where the others stand in pairs.
export type Fact = [name: string, value: ReactNode, wide?: 'wide'];

export function Facts({ items, cols = 2 }: { items: Fact[]; cols?: number }) {
  return (
    <SimpleGrid
      component="dl"
      m={0}
      cols={{ base: 2, md: cols }}
      spacing={{ base: 'sm', sm: 'md' }}
      verticalSpacing="md"
    >
      {items
        .filter(([, value]) => value !== undefined && value !== null && value !== '')
        .map(([name, value, wide]) => (
          <Box key={name} style={{ minWidth: 0 }} {...(wide === 'wide' ? { className: 'wide-fact' } : {})}>
            <Text component="dt" size="xs" c="dimmed" fw={500}>
              {name}
            </Text>
            <Text component="dd" m={0} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {typeof value === 'string' ? <Given text={value} /> : value}
            </Text>
          </Box>
        ))}
    </SimpleGrid>
  );
}
