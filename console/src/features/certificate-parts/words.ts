// SPDX-License-Identifier: Apache-2.0
// Words for what the API says in capitals, and a shell's quoting.

const WORDS: Record<string, string> = {
  ISSUED_BY_INTERNAL_CA: 'Issued by an authority here',
  MANAGED_EXTERNALLY_ISSUED_BY_INTERNAL_CA: 'Key held elsewhere, issued here',
  IMPORTED: 'Imported',
  ROOT_CA_GENERATED_INTERNALLY: 'Root, made here',
  SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA: 'Issuing authority, signed here',
  ECDSA_P256: 'ECDSA P-256',
  ECDSA_P384: 'ECDSA P-384',
  RSA2048: 'RSA 2048',
  RSA4096: 'RSA 4096',
  SHA256_WITH_ECDSA: 'ECDSA with SHA-256',
  SHA384_WITH_ECDSA: 'ECDSA with SHA-384',
  SHA512_WITH_ECDSA: 'ECDSA with SHA-512',
  SHA256_WITH_RSA: 'RSA with SHA-256',
  SHA384_WITH_RSA: 'RSA with SHA-384',
  SHA512_WITH_RSA: 'RSA with SHA-512',
  TLS_SERVER_OR_CLIENT: 'TLS server or client',
  TLS_SERVER: 'TLS server',
  TLS_CLIENT: 'TLS client',
  TLS_CODE_SIGN: 'Code signing',
  CA_BUNDLE: 'CA bundle',
};

// inWords: "PENDING_DELETION" is "Pending deletion"; what has a better name gets that.
export function inWords(name: string | undefined): string {
  if (name === undefined || name === '') return '—';
  const known = WORDS[name];
  if (known !== undefined) return known;
  const text = name.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// shellWord quotes a word for a POSIX shell; a name must not become a command when pasted.
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function shellLine(...words: string[]): string {
  return words.map(shellWord).join(' ');
}

// sdkCall is the same change with the OCI SDK for TypeScript. JSON is a JavaScript literal.
export function sdkCall(client: string, method: string, request: object): string {
  return `await ${client}.${method}(${JSON.stringify(request, null, 2)});`;
}

// ownCall is one of our own calls, which no SDK knows: its request line and body.
export function ownCall(method: string, path: string, body?: object): string {
  return `${method} ${path}${body === undefined ? '' : `\n\n${JSON.stringify(body, null, 2)}`}`;
}
