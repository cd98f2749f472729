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
  return capital(text);
}

// capital: the first letter of what stands alone.
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// What is not seen, or turns what is written around it: controls, the ends of paragraphs, embeddings,
// overrides and isolates (UAX #9). Arabic and Hebrew need none of them; the marks and joiners stay.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2060-\u206f\ufeff]/g;

// revealed writes such characters as escapes, as JSON, JavaScript and $'…' of a shell take them. No isolation
// by the browser is enough: an isolate that ends more than it began gets out of any element.
export function revealed(text: string): string {
  return text.replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// jsonText is for reading and pasting.
export function jsonText(value: unknown): string {
  return revealed(JSON.stringify(value, null, 2));
}

// shellWord quotes a word for a POSIX shell; a name must not become a command when pasted. A character that
// is not seen needs the $'…' of bash, zsh and ksh.
export function shellWord(text: string): string {
  const seen = revealed(text);
  if (seen !== text) return `$'${revealed(text.replaceAll(/['\\]/g, '\\$&'))}'`;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function shellLine(...words: string[]): string {
  return words.map(shellWord).join(' ');
}

// sdkCall is the same change with the OCI SDK for TypeScript. JSON is a JavaScript literal.
export function sdkCall(client: string, method: string, request: object): string {
  return `await ${client}.${method}(${jsonText(request)});`;
}

// ownCall is one of our own calls, which no SDK knows: its request line and body.
export function ownCall(method: string, path: string, body?: object): string {
  return `${method} ${path}${body === undefined ? '' : `\n\n${jsonText(body)}`}`;
}
