// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { failureOf, fieldErrors, whatToDo } from './failure';

const refused = (message: string, status = 400) =>
  failureOf(Object.assign(new Error(message), { status, code: 'InvalidParameter' }));

it('brings the message to the control that its pointer names', () => {
  const failure = refused('/certificateConfig/subject/commonName: must not be empty');
  expect(failure.pointer).toBe('/certificateConfig/subject/commonName');
  expect(fieldErrors(failure, ['/name', '/certificateConfig/subject/commonName'])).toEqual({
    '/certificateConfig/subject/commonName': 'Must not be empty.',
  });
});

it('takes the nearest control above the pointer', () => {
  const failure = refused('/certificateConfig/subjectAlternativeNames/2/value: is not a DNS name');
  expect(
    fieldErrors(failure, ['/certificateConfig', '/certificateConfig/subjectAlternativeNames']),
  ).toEqual({ '/certificateConfig/subjectAlternativeNames': 'Is not a DNS name.' });
});

it('gives no control what is not about it', () => {
  expect(fieldErrors(refused('/nameless: x'), ['/name'])).toEqual({});
  expect(fieldErrors(refused('no policy'), ['/name'])).toEqual({});
  expect(refused('see https://x/y: now').pointer).toBeUndefined();
});

it('says which right is missing, and the statement that gives it', () => {
  const asked = 'PUT /20210224/certificates/x';
  const failure = failureOf(
    Object.assign(new Error('no'), { status: 404, code: 'NotAuthorizedOrNotFound', asked }),
  );
  expect(whatToDo(failure)).toContain('CERTIFICATE_UPDATE');
  expect(whatToDo(failure)).toContain('Allow group YOUR-GROUP to use leaf-certificates in tenancy');
  expect(whatToDo({ ...failure, asked: 'GET /other' })).toContain('no policy lets you see it');
});

it('finds the part of a subject, and what a conflict is about', () => {
  const subject = '/certificateConfig/subject';
  const known = [subject, `${subject}/organization`];
  expect(
    fieldErrors(refused(`${subject}: organization may have at most 64 characters`), known),
  ).toEqual({ [`${subject}/organization`]: 'Organization may have at most 64 characters.' });
  expect(fieldErrors(refused(`${subject}: the subject is outside`), known)).toHaveProperty([subject]);
  expect(refused("listener 'https' already exists", 409).pointer).toBe('/name');
  expect(refused('port 443 of this node pool is taken', 409).pointer).toBe('/port');
  expect(refused('the certificate is in use', 409).pointer).toBeUndefined();
});
