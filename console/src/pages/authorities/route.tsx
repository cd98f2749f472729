// SPDX-License-Identifier: Apache-2.0
import { IconBuildingFortress } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/authorities',
  title: 'Authorities',
  navigation: { group: 'Certificates', order: 2, icon: IconBuildingFortress },
  component: lazy(() => import('./page')),
};
