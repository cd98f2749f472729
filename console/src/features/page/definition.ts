// SPDX-License-Identifier: Apache-2.0
// What a page says of itself. Each folder below pages/ with a route.tsx that exports `page` is one;
// app/pages.ts finds them.
import type { ComponentType, LazyExoticComponent } from 'react';

export type NavigationGroup = 'Overview' | 'Certificates' | 'Serving' | 'Administration';

export interface PageDefinition {
  // Below /console, as React Router takes it: "/certificates/:certificateId".
  path: string;
  title: string;
  // Absent for pages that are reached from others.
  navigation?: {
    group: NavigationGroup;
    order: number;
    icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  };
  component: LazyExoticComponent<ComponentType>;
}
