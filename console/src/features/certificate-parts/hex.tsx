// SPDX-License-Identifier: Apache-2.0
// A serial number, fingerprint or OCID: to be compared and copied, hardly ever to be read.
import { ActionIcon, CopyButton, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

export function Hex({ text, what }: { text: string; what: string }) {
  return (
    <Text span ff="monospace" fz="xs" style={{ overflowWrap: 'anywhere' }}>
      {text}{' '}
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy'}>
            <ActionIcon
              variant="subtle"
              color={copied ? 'teal' : 'gray'}
              size={24}
              style={{ verticalAlign: 'middle' }}
              aria-label={copied ? 'Copied' : `Copy the ${what}`}
              onClick={copy}
            >
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Text>
  );
}
