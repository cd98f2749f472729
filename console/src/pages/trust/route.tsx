// SPDX-License-Identifier: Apache-2.0
import { IconShieldLock } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/trust',
  title: 'Trust',
  navigation: { group: 'Administration', order: 3, icon: IconShieldLock },
  component: lazy(() => import('./page')),
};
