// SPDX-License-Identifier: Apache-2.0
import { IconHistory } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/audit',
  title: 'Audit',
  navigation: { group: 'Administration', order: 2, icon: IconHistory },
  component: lazy(() => import('./page')),
};
