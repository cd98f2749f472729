// SPDX-License-Identifier: Apache-2.0
import '@mantine/core/styles.css';
import './app/app.css';

import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';

import { restoreSession, takeLinkSecret } from './api/session';
import { App } from './app/app';

// The server puts a fresh nonce into each index.html; only styles that carry it are taken.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
setNonce(nonce);

const linkSecret = takeLinkSecret();
const root = document.getElementById('root');
if (root !== null) {
  void restoreSession().then(() => {
    createRoot(root).render(<App nonce={nonce} linkSecret={linkSecret} />);
  });
}
