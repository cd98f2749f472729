// SPDX-License-Identifier: Apache-2.0
import { IconCertificate } from '@tabler/icons-react';
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/certificates',
  title: 'Certificates',
  navigation: { group: 'Certificates', order: 1, icon: IconCertificate },
  component: lazy(() => import('./page')),
};
