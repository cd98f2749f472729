// SPDX-License-Identifier: Apache-2.0
// A colour of the theme as text: the usual shades of a light badge, or of red on paper, are too pale
// to be read.
export function readable(color: string): string {
  if (color === 'gray') return 'light-dark(var(--mantine-color-gray-7), var(--mantine-color-gray-3))';
  return `light-dark(color-mix(in srgb, var(--mantine-color-${color}-9) 70%, black), var(--mantine-color-${color}-3))`;
}
