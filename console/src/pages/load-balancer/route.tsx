// SPDX-License-Identifier: Apache-2.0
import { lazy } from 'react';

import type { PageDefinition } from '../../features/page/definition';

export const page: PageDefinition = {
  path: '/load-balancers/:loadBalancerId',
  title: 'Load balancer',
  component: lazy(() => import('./page')),
};
