// SPDX-License-Identifier: Apache-2.0
// Node 18 has WebCrypto, but not where browsers have it.
import { webcrypto } from 'node:crypto';

if (globalThis.crypto === undefined) Object.assign(globalThis, { crypto: webcrypto });
