// SPDX-License-Identifier: Apache-2.0
// The numbers of Home.
import type { Overview } from './generated/certificates';
import { send } from './send';

export type { Overview, OverviewDay } from './generated/certificates';

export async function getOverview(signal?: AbortSignal): Promise<Overview> {
  return (await send<Overview>({ method: 'GET', path: '/20260101/overview', signal })).body;
}
