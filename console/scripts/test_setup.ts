// SPDX-License-Identifier: Apache-2.0
// Node 18 has WebCrypto, but not where browsers have it.
import { webcrypto } from 'node:crypto';

// The same zone wherever the tests run, and far from UTC, where a mistake would hide.
process.env.TZ = 'Asia/Tokyo';

if (globalThis.crypto === undefined) Object.assign(globalThis, { crypto: webcrypto });
