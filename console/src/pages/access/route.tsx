// SPDX-License-Identifier: Apache-2.0
import { IconUsers } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/access',
  title: 'Access',
  navigation: { group: 'Administration', order: 1, icon: IconUsers },
  component: lazy(() => import('./page')),
};
