// SPDX-License-Identifier: Apache-2.0
// The same change from a terminal or a program.
import { ActionIcon, Box, Button, Code, CopyButton, Popover, Tabs, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy, IconTerminal2 } from '@tabler/icons-react';

export interface Recipe {
  cli: string;
  sdk: string;
  // What the second is: the SDK's call, or the request of a call that no SDK knows.
  sdkLabel?: string;
}

// Escape closes what it is pressed in, not the window around that too.
const OWN_ESCAPE = { 'data-mantine-stop-propagation': true } as const;

interface CodeProps {
  text: string;
  label: string;
  ownEscape?: boolean;
}

// Words stay whole where they can: a line does not end between the two dashes of --name.
export function CopyableCode({ text, label, ownEscape = false }: CodeProps) {
  return (
    <Box pos="relative">
      <Code block pr={44} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {text.split(/(\s+)/).map((part, n) => (
          <span key={n} className={/\S/.test(part) ? 'whole-word' : undefined}>
            {part}
          </span>
        ))}
      </Code>
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy'}>
            <ActionIcon
              pos="absolute"
              top={6}
              right={6}
              variant="subtle"
              color={copied ? 'teal' : 'gray'}
              onClick={copy}
              {...(ownEscape ? OWN_ESCAPE : {})}
              aria-label={copied ? 'Copied' : label}
            >
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Box>
  );
}

export function CopyAs({ recipe, size = 'xs' }: { recipe: Recipe; size?: 'xs' | 'sm' }) {
  return (
    <Popover width={440} position="bottom-end" shadow="md" withArrow trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          mr="auto"
          size={size}
          leftSection={<IconTerminal2 size={16} aria-hidden />}
        >
          Copy as CLI / SDK
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 24px)">
        <Tabs defaultValue="cli" variant="pills">
          <Tabs.List mb="xs">
            <Tabs.Tab value="cli" {...OWN_ESCAPE}>
              CLI
            </Tabs.Tab>
            <Tabs.Tab value="sdk" {...OWN_ESCAPE}>
              {recipe.sdkLabel ?? 'SDK (TypeScript)'}
            </Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="cli">
            <CopyableCode text={recipe.cli} label="Copy the command" ownEscape />
          </Tabs.Panel>
          <Tabs.Panel value="sdk">
            <CopyableCode text={recipe.sdk} label="Copy the call" ownEscape />
          </Tabs.Panel>
        </Tabs>
      </Popover.Dropdown>
    </Popover>
  );
}
