// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { rightFor } from './rights';

it.each([
  ['PUT /20210224/certificates/x', 'CERTIFICATE_UPDATE', 'use leaf-certificates'],
  ['POST /20210224/certificates', 'CERTIFICATE_CREATE', 'manage leaf-certificates'],
  ['POST /20210224/certificates/x/actions/scheduleDeletion', 'CERTIFICATE_DELETE', 'manage leaf-certificates'],
  ['POST /20260101/certificates/x/actions/renew', 'CERTIFICATE_UPDATE', 'use leaf-certificates'],
  ['DELETE /20170115/loadBalancers/x/listeners/https', 'LOAD_BALANCER_UPDATE', 'use load-balancers'],
  ['POST /20170115/loadBalancers/x/backendSets/web/backends', 'LOAD_BALANCER_UPDATE', 'use load-balancers'],
  ['POST /20260101/nodes/x/actions/remove', 'NODE_DELETE', 'manage nodes'],
  ['POST /20260101/nodes/x/actions/drain', 'NODE_UPDATE', 'use nodes'],
])('knows what %s asks for', (asked, permission, statement) => {
  expect(rightFor(asked)).toEqual({ permission, statement });
});

it('says nothing of what it does not know', () => {
  expect(rightFor(undefined)).toBeUndefined();
  expect(rightFor('GET /20170115/loadBalancers/x/listeners')).toBeUndefined();
  expect(rightFor('PUT /elsewhere')).toBeUndefined();
});
