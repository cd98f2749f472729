// SPDX-License-Identifier: Apache-2.0
// The policy language for people: examples to start from, and errors of the server put at their line.
// The server parses; nothing here judges.
import type { Failure } from '../certificate-parts/failure';

export interface Example {
  title: string;
  statement: (group: string) => string;
}

export const EXAMPLES: Example[] = [
  {
    title: 'Everything, everywhere',
    statement: (group) => `Allow group ${group} to manage all-resources in tenancy`,
  },
  {
    title: 'Look at certificates',
    statement: (group) => `Allow group ${group} to read leaf-certificate-family in tenancy`,
  },
  {
    title: 'Make and renew certificates',
    statement: (group) => `Allow group ${group} to manage leaf-certificate-family in tenancy`,
  },
  {
    title: 'Have authorities sign for them',
    statement: (group) => `Allow group ${group} to use certificate-authority-delegates in tenancy`,
  },
  {
    title: 'Work with load balancers',
    statement: (group) => `Allow group ${group} to use load-balancers in tenancy`,
  },
  {
    title: 'Read the audit',
    statement: (group) => `Allow group ${group} to read audit-events in tenancy`,
  },
];

// groupWord: names with anything but letters, digits, - and _ are quoted in a statement.
export function groupWord(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : `'${name.replaceAll("'", '')}'`;
}

// statementsOf: one statement a line; empty lines are nothing.
export function statementsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

export interface StatementError {
  index: number;
  statement: string;
  text: string;
}

// statementError finds the statement that an error of the server is about.
export function statementError(
  failure: Failure | undefined,
  statements: readonly string[],
): StatementError | undefined {
  const found = /^\/statements\/(\d+)/.exec(failure?.pointer ?? '');
  if (failure === undefined || found === null) return undefined;
  const index = Number(found[1]);
  return { index, statement: statements[index] ?? '', text: failure.text };
}
