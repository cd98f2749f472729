// SPDX-License-Identifier: Apache-2.0
import { IconServer2 } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/load-balancers',
  title: 'Load balancers',
  navigation: { group: 'Serving', order: 1, icon: IconServer2 },
  component: lazy(() => import('./page')),
};
