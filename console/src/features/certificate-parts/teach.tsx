// SPDX-License-Identifier: Apache-2.0
// What an empty place says: what would be here, one button, and the command that does the same.
import { Box, Center, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import { CopyableCode } from './copy-as';

interface Props {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  cli?: string;
}

export function Teach({ icon, title, children, action, cli }: Props) {
  return (
    <Center py={{ base: 32, sm: 56 }} px="md">
      <Stack align="center" gap="md" maw={520} w="100%">
        <ThemeIcon size={56} radius="xl" variant="light" aria-hidden>
          {icon}
        </ThemeIcon>
        <Title order={3} ta="center">
          {title}
        </Title>
        <Text c="dimmed" ta="center">
          {children}
        </Text>
        {action}
        {cli !== undefined && (
          <Box w="100%">
            <Text size="xs" c="dimmed" mb={4}>
              or from a terminal
            </Text>
            <CopyableCode text={cli} label="Copy the command" />
          </Box>
        )}
      </Stack>
    </Center>
  );
}
