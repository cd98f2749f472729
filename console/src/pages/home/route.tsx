// SPDX-License-Identifier: Apache-2.0
import { IconHome } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/',
  title: 'Home',
  navigation: { group: 'Overview', order: 0, icon: IconHome },
  component: lazy(() => import('./page')),
};
