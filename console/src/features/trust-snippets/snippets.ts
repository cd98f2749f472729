// SPDX-License-Identifier: Apache-2.0
// How clients and browsers come to trust the platform CA. Pure; every line is for pasting.
import { shellWord } from '../certificate-parts/words';

export interface Snippet {
  title: string;
  note: string;
  text: string;
}

export function clientSnippets(url: string, tenancy: string): Snippet[] {
  const ca = 'platform-ca.pem';
  return [
    {
      title: 'perennial',
      note: 'Pins the CA by its hash and keeps it in the context.',
      text: `perennial login ${shellWord(url)} --ca-hash sha256:… --tenancy ${shellWord(tenancy)} --user OCID --key-file key.pem`,
    },
    {
      title: 'curl',
      note: 'Answers ok once the server is ready.',
      text: `curl --cacert ${ca} ${shellWord(`${url}/readyz`)}`,
    },
    {
      title: 'OCI SDK for TypeScript',
      note: 'Node reads the file at its start; set the endpoint on each client.',
      text: `export NODE_EXTRA_CA_CERTS=$PWD/${ca}\n\n// and in the program\nclient.endpoint = ${JSON.stringify(url)};`,
    },
    {
      title: 'OCI SDK for Python and the OCI CLI',
      note: 'Both use requests.',
      text: `export REQUESTS_CA_BUNDLE=$PWD/${ca}\n\n# and in the program\nclient = CertificatesManagementClient(config, service_endpoint=${JSON.stringify(`${url}/20210224`)})`,
    },
    {
      title: 'OCI SDK for Go',
      note: 'The Go runtime reads it on Linux.',
      text: `export SSL_CERT_FILE=$PWD/${ca}\n\n// and in the program\nclient.Host = ${JSON.stringify(url)}`,
    },
    {
      title: 'Terraform',
      note: 'For the OCI provider; one override for each service that is used.',
      text:
        `export SSL_CERT_FILE=$PWD/${ca}\n` +
        `export CLIENT_HOST_OVERRIDES='oci_certificates_management.CertificatesManagementClient=${url},` +
        `oci_load_balancer.LoadBalancerClient=${url},oci_identity.IdentityClient=${url}'`,
    },
  ];
}

export function browserSnippets(): Snippet[] {
  const ca = 'platform-ca.pem';
  return [
    {
      title: 'Chromium on Linux',
      note: 'Or, where the command line is signed in: perennial trust install',
      text:
        'mkdir -p "$HOME/.pki/nssdb"\n' +
        `certutil -d "sql:$HOME/.pki/nssdb" -A -t C,, -n perennial -i ${ca}`,
    },
    {
      title: 'Firefox',
      note: 'Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import; or, for a profile:',
      text: `certutil -d "sql:PROFILE_DIRECTORY" -A -t C,, -n perennial -i ${ca}`,
    },
    {
      title: 'macOS',
      note: 'Safari and Chrome both read the keychain.',
      text:
        'security add-trusted-cert -r trustRoot \\\n' +
        `  -k ~/Library/Keychains/login.keychain-db ${ca}`,
    },
    {
      title: 'Windows',
      note: 'Edge and Chrome both read this store.',
      text: `certutil -user -addstore Root ${ca}`,
    },
  ];
}

// derOf: the bytes of the first certificate of a PEM text.
export function derOf(pem: string): Uint8Array<ArrayBuffer> | undefined {
  const found = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem);
  if (found?.[1] === undefined) return undefined;
  const text = atob(found[1].replace(/\s/g, ''));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// caHashOf is the hash as `--ca-hash` takes it: SHA-256 of the DER.
export async function caHashOf(pem: string): Promise<string | undefined> {
  const der = derOf(pem);
  if (der === undefined) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der));
  return `sha256:${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
