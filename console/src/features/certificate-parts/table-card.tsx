// SPDX-License-Identifier: Apache-2.0
// A table on its own sheet. Cells carry their column's name (data-label), for phones: see the styles.
import { Card, Table } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './table-card.module.css';

interface Props {
  label: string;
  // Names of the columns; '' is one of buttons.
  head: string[];
  children: ReactNode;
}

export function TableCard({ label, head, children }: Props) {
  return (
    <Card radius="md" padding={0} className={classes['card'] ?? ''}>
      <Table
        className={classes['table'] ?? ''}
        aria-label={label}
        verticalSpacing="sm"
        horizontalSpacing="md"
      >
        <Table.Thead>
          <Table.Tr>
            {head.map((name) => (
              <Table.Th key={name} {...(name === '' ? { 'aria-label': 'Actions' } : {})}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Card>
  );
}
