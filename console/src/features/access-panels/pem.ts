// SPDX-License-Identifier: Apache-2.0
// A glance at what was pasted, before it leaves the browser. Pure.

// pemProblem: above all, a private key must not be sent. What is right otherwise the server says.
export function pemProblem(text: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return 'This is a private key. It stays where it is; paste the public one.';
  }
  if (/-----BEGIN CERTIFICATE-----/.test(text)) {
    return 'This is a certificate; paste the public key alone.';
  }
  if (!/^\s*-----BEGIN (RSA )?PUBLIC KEY-----[\s\S]+-----END (RSA )?PUBLIC KEY-----\s*$/.test(text)) {
    return 'It begins with -----BEGIN PUBLIC KEY----- and ends with -----END PUBLIC KEY-----.';
  }
  return undefined;
}

// passwordProblem: what certainly will not do. The server has the last word.
export function passwordProblem(password: string, again: string): string | undefined {
  if (password.length < 12) return 'Use 12 characters or more; a few words do well.';
  if (again !== '' && password !== again) return 'The two are not the same.';
  return undefined;
}
