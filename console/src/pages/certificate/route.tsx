// SPDX-License-Identifier: Apache-2.0
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/certificates/:certificateId',
  title: 'Certificate',
  component: lazy(() => import('./page')),
};
