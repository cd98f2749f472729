// SPDX-License-Identifier: Apache-2.0
// Every page there is. A new one is a new folder; nothing is written here for it.
import type { PageDefinition } from '../features/page/definition';

export type { PageDefinition } from '../features/page/definition';

const found = import.meta.glob<{ page?: PageDefinition; pages?: PageDefinition[] }>(
  '../pages/*/route.tsx',
  { eager: true },
);

// A folder whose windows have several addresses exports `pages`.
export const pages: PageDefinition[] = Object.values(found).flatMap((module) => [
  ...(module.page === undefined ? [] : [module.page]),
  ...(module.pages ?? []),
]);

const GROUPS = ['Overview', 'Certificates', 'Serving', 'Administration'] as const;

export const navigation = GROUPS.map((group) => ({
  group,
  pages: pages
    .filter((page) => page.navigation?.group === group)
    .sort((a, b) => (a.navigation?.order ?? 0) - (b.navigation?.order ?? 0)),
})).filter((entry) => entry.pages.length > 0);
