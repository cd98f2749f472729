// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { Listener } from '../../api/load-balancers';

import {
  curlLine,
  detailsOf,
  differences,
  draftOf,
  emptyDraft,
  problems,
  recipeOf,
  serverNamesOf,
  withChoice,
} from './draft';

const CERTIFICATE = 'ocid1.certificate.perennial.home-1.aaa';
// The listener that the server makes of the request.
function made(cipherSuiteName?: string): Listener {
  const { name, port, protocol, defaultBackendSetName } = detailsOf(chosen);
  return {
    ...{ name, port, protocol, defaultBackendSetName, hostnameNames: [], ruleSetNames: [] },
    sslConfiguration: {
      ...{ verifyDepth: 1, verifyPeerCertificate: false, trustedCertificateAuthorityIds: [] },
      ...(cipherSuiteName === undefined ? {} : { cipherSuiteName }),
      certificateIds: [CERTIFICATE],
      protocols: ['TLSv1.3'],
    },
  };
}
const chosen = { ...emptyDraft(['app'], 'c'), certificateId: CERTIFICATE };

describe('a listener that is being made', () => {
  it('asks for a certificate and nothing else', () => {
    expect(Object.keys(problems(emptyDraft(['app'], 'c')))).toEqual([
      '/sslConfiguration/certificateIds',
    ]);
    expect(problems(chosen)).toEqual({});
  });

  it('names the certificate exactly where the evidence is read', () => {
    expect(detailsOf(chosen)).toEqual({
      name: 'https',
      defaultBackendSetName: 'app',
      port: 443,
      protocol: 'HTTP',
      sslConfiguration: { certificateIds: [CERTIFICATE], protocols: ['TLSv1.2', 'TLSv1.3'] },
    });
  });

  it('keeps no SSL settings once it is plain', () => {
    expect(detailsOf(withChoice(chosen, 'HTTP'))).not.toHaveProperty('sslConfiguration');
  });

  it('follows the protocol with port and name only while they are the usual ones', () => {
    expect(withChoice(chosen, 'HTTP')).toMatchObject({ port: 80, name: 'http' });
    const own = { ...chosen, port: 8443, name: 'shop' };
    expect(withChoice(own, 'HTTP')).toMatchObject({ port: 8443, name: 'shop' });
  });

  it('keeps the settings that the window does not show when it is edited', () => {
    const was = made('oci-modern-ssl-cipher-suite-v1');
    const after = detailsOf({ ...draftOf(was, 'c'), certificateId: 'other' }, was);
    expect(after.sslConfiguration).toEqual({
      certificateIds: ['other'],
      protocols: ['TLSv1.3'],
      cipherSuiteName: 'oci-modern-ssl-cipher-suite-v1',
    });
  });

  it('keeps a second certificate beside the one that is exchanged', () => {
    const was = made();
    const ssl = was.sslConfiguration;
    if (ssl === undefined) throw new Error('it speaks TLS');
    const two = { ...was, sslConfiguration: { ...ssl, certificateIds: ['rsa', 'ecdsa'] } };
    const after = detailsOf({ ...draftOf(two, 'c'), certificateId: 'new' }, two);
    expect(after.sslConfiguration?.certificateIds).toEqual(['new', 'ecdsa']);
  });

  it('tells what differs between three of it', () => {
    const before = draftOf(made(), 'c');
    const rows = differences(before, { ...before, port: 8443 }, { ...before, choice: 'HTTP' }, (id) =>
      id.toUpperCase(),
    );
    expect(rows.find(({ label }) => label === 'Port')).toMatchObject({ before: '443', theirs: '8443' });
    expect(rows.find(({ label }) => label === 'Certificate')?.mine).toBe('—');
    expect(rows.find(({ label }) => label === 'Protocol')?.mine).toBe('HTTP');
  });

  it('quotes hostile names in the command', () => {
    const target = { loadBalancerId: 'x', loadBalancerName: "a'; rm -rf ~", certificateName: '$(id)' };
    const { cli } = recipeOf(chosen, target);
    expect(cli).toContain(`--lb 'a'\\''; rm -rf ~'`);
    expect(cli).toContain(`--certificate '$(id)'`);
    const edited = recipeOf(chosen, target, made()).cli;
    expect(edited).toMatch(/^perennial listener update https /);
  });

  it('shows the result by the name of the certificate', () => {
    expect(curlLine('shop.example.com', '127.0.0.1', 8443, true)).toBe(
      'curl --cacert root.pem --connect-to shop.example.com:8443:127.0.0.1:8443 ' +
        'https://shop.example.com:8443/',
    );
    expect(curlLine('*.example.com', '2001:db8::1', 443, true)).toContain(
      `'www.example.com:443:[2001:db8::1]:443' https://www.example.com/`,
    );
    expect(curlLine('', '10.0.0.1', 80, false)).toBe('curl http://10.0.0.1/');
  });

  it('takes the names of a certificate from its alternative names, else from its subject', () => {
    expect(serverNamesOf({ subject: { commonName: 'cn' } })).toEqual(['cn']);
    const subjectAlternativeNames = [
      { type: 'IP', value: '10.0.0.1' },
      { type: 'DNS', value: 'a.example' },
    ];
    expect(serverNamesOf({ currentVersionSummary: { subjectAlternativeNames } })).toEqual([
      'a.example',
    ]);
  });
});
