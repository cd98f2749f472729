// SPDX-License-Identifier: Apache-2.0
// The platform CA that this API's own TLS is trusted by. It is public, so it is asked for unsigned; a
// server that does not hand it out answers with the page itself.

// getPlatformCa returns the PEM, or nothing where it is not offered.
export async function getPlatformCa(signal?: AbortSignal): Promise<string | undefined> {
  const response = await fetch('/console/ca.pem', {
    credentials: 'omit',
    cache: 'no-store',
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) return undefined;
  const text = await response.text();
  return text.trimStart().startsWith('-----BEGIN CERTIFICATE-----') ? text : undefined;
}
