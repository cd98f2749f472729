// SPDX-License-Identifier: Apache-2.0
import { localStorageColorSchemeManager, MantineProvider, Modal } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { BrowserRouter } from 'react-router';

import { ApiError } from '../api/send';
import { onWake } from '../api/wake';
import { useSession } from '../features/page/session';
import { SignInPage } from '../pages/signin/page';
import { cssVariables, theme } from './theme';

const Shell = lazy(() => import('./shell'));
const colorScheme = localStorageColorSchemeManager({ key: 'perennial-colour' });

// Only what may be different next time is asked again.
function worthRetrying(failures: number, error: unknown): boolean {
  const status = error instanceof ApiError ? error.status : 0;
  return failures < 2 && (status === 429 || status === 503);
}

function makeQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: worthRetrying,
        staleTime: 5_000,
        gcTime: 10 * 60_000,
        // Without a server what was read stays, with its age.
        refetchOnReconnect: true,
        // Whatever a page asks again now and then, it asks in sight only.
        refetchIntervalInBackground: false,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

function Door({ linkSecret }: { linkSecret: string | undefined }) {
  const session = useSession();
  const [queries] = useState(makeQueries);
  // A link opens a session of its own, whoever was here.
  const [secret, setSecret] = useState(linkSecret);
  useEffect(() => {
    if (session.kind === 'none') queries.clear();
    if (session.kind === 'live') void queries.invalidateQueries();
  }, [session, queries]);

  // What was under way when the machine fell asleep may never be answered.
  useEffect(() => onWake(() => void queries.invalidateQueries()), [queries]);

  if (session.kind === 'unknown') return null;
  if (secret !== undefined || session.kind === 'none') {
    return <SignInPage linkSecret={secret} done={() => setSecret(undefined)} />;
  }
  return (
    <QueryClientProvider client={queries}>
      <BrowserRouter basename="/console">
        <Suspense fallback={null}>
          <Shell person={session.person} />
        </Suspense>
        <Modal
          opened={session.kind === 'ended'}
          onClose={() => undefined}
          withCloseButton={false}
          closeOnEscape={false}
          closeOnClickOutside={false}
          title="Your session has ended"
          // Above the window that somebody was filling in.
          zIndex={1000}
          size="md"
        >
          <SignInPage inside person={session.person} linkSecret={undefined} done={() => undefined} />
        </Modal>
      </BrowserRouter>
    </QueryClientProvider>
  );
}

export function App({ nonce, linkSecret }: { nonce: string; linkSecret: string | undefined }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={colorScheme}
      getStyleNonce={() => nonce}
    >
      <Door linkSecret={linkSecret} />
    </MantineProvider>
  );
}
