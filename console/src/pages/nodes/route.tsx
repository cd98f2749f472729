// SPDX-License-Identifier: Apache-2.0
import { IconServer } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/nodes',
  title: 'Nodes',
  navigation: { group: 'Serving', order: 2, icon: IconServer },
  component: lazy(() => import('./page')),
};
