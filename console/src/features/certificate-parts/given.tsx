// SPDX-License-Identifier: Apache-2.0
import { revealed } from './words';

// Text that somebody gave: a description, a subject, the reason that an agent reports. It keeps its direction
// of writing to itself, and breaks anywhere rather than be wider than its place (app.css).
export function Given({ text }: { text: string | undefined }) {
  return <bdi>{revealed(text ?? '')}</bdi>;
}
