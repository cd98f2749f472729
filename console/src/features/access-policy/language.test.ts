// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { failureOf } from '../certificate-parts/failure';
import { EXAMPLES, groupWord, statementError, statementsOf } from './language';

it('takes one statement a line', () => {
  expect(statementsOf('  Allow a \n\n Allow b\n')).toEqual(['Allow a', 'Allow b']);
});

it('puts a parse error at the statement that it is about', () => {
  const failure = failureOf({
    status: 400,
    code: 'InvalidParameter',
    message: '/statements/1: "may" is expected, not "can"',
  });
  expect(statementError(failure, ['one', 'two'])).toEqual({
    index: 1,
    statement: 'two',
    text: '"may" is expected, not "can".',
  });
  expect(statementError(undefined, [])).toBeUndefined();
  expect(statementError(failureOf({ message: '/name: is taken' }), [])).toBeUndefined();
});

it('quotes a group whose name is more than a word', () => {
  expect(groupWord('web-team')).toBe('web-team');
  expect(groupWord("web' team")).toBe("'web team'");
  expect(EXAMPLES[0]?.statement('g')).toBe('Allow group g to manage all-resources in tenancy');
});
