// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import type { Listener } from '../../api/load-balancers';
import { listenersInWords, protocolOf, usersOf } from './words';

const listener = (name: string, port: number, tls: boolean): Listener => ({
  name,
  port,
  protocol: 'HTTP',
  defaultBackendSetName: 'app',
  hostnameNames: [],
  ruleSetNames: [],
  ...(tls
    ? {
        sslConfiguration: {
          certificateIds: ['x'],
          protocols: ['TLSv1.3'],
          verifyDepth: 1,
          verifyPeerCertificate: false,
          trustedCertificateAuthorityIds: [],
        },
      }
    : {}),
});

it('calls HTTP with SSL settings HTTPS', () => {
  expect(protocolOf(listener('a', 443, true))).toBe('HTTPS');
  expect(protocolOf({ ...listener('a', 443, true), protocol: 'TCP' })).toBe('TCP with TLS');
});

it('says what is listened to by port, and how much more there is', () => {
  const all = [443, 80, 8443, 9443].map((port) => listener(`l${port}`, port, port !== 80));
  const listeners = Object.fromEntries(all.map((one) => [one.name, one]));
  expect(listenersInWords({ listeners })).toBe('HTTP :80, HTTPS :443, HTTPS :8443 and 1 more');
  expect(listenersInWords({ listeners: {} })).toBe('no listener yet');
  expect(usersOf({ listeners }, 'app')).toHaveLength(4);
  expect(usersOf({ listeners }, 'other')).toEqual([]);
});
