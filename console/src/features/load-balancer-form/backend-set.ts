// SPDX-License-Identifier: Apache-2.0
// Backends as people write them: one a line, address:port. Pure.
import type { BackendDetails } from '../../api/load-balancers';

export interface Parsed {
  backends: BackendDetails[];
  // The first line that is none, in words.
  error?: string;
}

export function parseBackends(text: string): Parsed {
  const backends: BackendDetails[] = [];
  for (const raw of text.split(/[\s,]+/)) {
    if (raw === '') continue;
    const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(raw);
    const port = Number(found?.[3]);
    const ipAddress = found?.[1] ?? found?.[2];
    if (ipAddress === undefined || port < 1 || port > 65535) {
      return { backends, error: `“${raw}” is not ADDRESS:PORT, as 10.0.0.3:8080 or [2001:db8::3]:8080.` };
    }
    backends.push({ ipAddress, port });
  }
  return { backends };
}
