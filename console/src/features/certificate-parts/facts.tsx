// SPDX-License-Identifier: Apache-2.0
// Names and values of an object, in as many columns as fit.
import { Box, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Given } from './given';

export function Facts({ items, cols = 2 }: { items: [string, ReactNode][]; cols?: number }) {
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: Math.min(cols, 2), md: cols }} spacing="md">
      {items.map(([name, value]) => (
        <Box key={name} style={{ minWidth: 0 }}>
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
