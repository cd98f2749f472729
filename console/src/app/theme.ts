// SPDX-License-Identifier: Apache-2.0
// How it looks: paper and evergreen. Colours that mean risk (features/certificate-parts/risk.tsx) are
// kept for risk.
import {
  Badge,
  Button,
  Card,
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  Menu,
  Modal,
  Paper,
  Table,
  Tooltip,
} from '@mantine/core';

const evergreen: MantineColorsTuple = [
  '#eef8f3',
  '#d9eee4',
  '#b2dcc9',
  '#86c8ab',
  '#5fb48f',
  '#3f9e79',
  '#288463',
  '#17694d',
  '#12543e',
  '#0c3d2d',
];
const stone: MantineColorsTuple = [
  '#faf9f6',
  '#f2f1ec',
  '#e5e3dc',
  '#d2cfc5',
  '#aba79b',
  '#86827a',
  '#67645d',
  '#4a4843',
  '#2f2e2b',
  '#1b1b19',
];
const brick: MantineColorsTuple = [
  '#fdf1ee',
  '#fae3df',
  '#f4c5bc',
  '#ea9f92',
  '#df7a69',
  '#d15a47',
  '#bd4632',
  '#a93a28',
  '#8f2f20',
  '#6d2217',
];
const night: MantineColorsTuple = [
  '#e4e8e5',
  '#c3cbc6',
  '#a3aea8',
  '#7a8780',
  '#46524b',
  '#323d37',
  '#252e29',
  '#1a211d',
  '#131916',
  '#0d110f',
];

export const theme = createTheme({
  primaryColor: 'evergreen',
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  colors: { evergreen, gray: stone, dark: night, red: brick },
  fontFamily:
    'Inter, "SF Pro Text", "Segoe UI Variable Text", "Segoe UI", "Noto Sans", "DejaVu Sans", system-ui, sans-serif',
  fontFamilyMonospace:
    '"JetBrains Mono", "SF Mono", "Cascadia Code", "DejaVu Sans Mono", ui-monospace, monospace',
  headings: {
    fontFamily:
      '"Iowan Old Style", Charter, "Source Serif 4", "Noto Serif", "DejaVu Serif", Georgia, serif',
    fontWeight: '500',
    sizes: {
      h1: { fontSize: '1.875rem', lineHeight: '1.2' },
      h2: { fontSize: '1.3125rem', lineHeight: '1.3' },
      h3: { fontSize: '1.125rem', lineHeight: '1.35' },
      h4: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  fontSizes: { xs: '0.78rem', sm: '0.875rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '6px', md: '9px', lg: '14px', xl: '32px' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { fw: 550 } }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, radius: 'lg' } }),
    Card: Card.extend({ defaultProps: { withBorder: true, radius: 'lg', padding: 'lg' } }),
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 550 } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'sm' } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 150, events: { hover: true, focus: true, touch: true } } }),
    // The first entry has the focus at once, where it is seen.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({
      defaultProps: {
        radius: 'lg',
        centered: true,
        overlayProps: { blur: 2 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    }),
  },
});

// Badges, notes and quiet buttons: a tint that belongs to the paper, and text on it that can be read
// (WCAG 2.2, 1.4.3).
type Tints = Record<string, readonly [background: string, text: string]>;
const DAY: Tints = {
  teal: ['#dcf1e6', '#065a41'],
  blue: ['#e3edf9', '#124b86'],
  red: ['#fae3df', '#8f1d1d'],
  yellow: ['#fbeec9', '#7a4300'],
  orange: ['#fbe6d6', '#7f2f06'],
  evergreen: ['#d9eee4', '#0c3d2d'],
  indigo: ['#e7e9f8', '#33408f'],
  cyan: ['#dff1f3', '#0b4f5a'],
  gray: ['#efede7', '#4a4843'],
};
const NIGHT: Tints = {
  teal: ['#173527', '#7fdcb3'],
  blue: ['#1a2f48', '#a3caf7'],
  red: ['#43211d', '#ffb3a7'],
  yellow: ['#3d3013', '#f3d083'],
  orange: ['#40291a', '#f5b98a'],
  evergreen: ['#1c3a2d', '#a5dcc2'],
  indigo: ['#262c4d', '#bac4fb'],
  cyan: ['#16363b', '#93dbe4'],
  gray: ['#252e29', '#c3cbc6'],
};

function tinted(tints: Tints): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tints).flatMap(([color, [background, text]]) => [
      [`--mantine-color-${color}-light`, background],
      [`--mantine-color-${color}-light-hover`, background],
      [`--mantine-color-${color}-light-color`, text],
    ]),
  );
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--console-measure': '74rem' },
  light: {
    '--mantine-color-body': '#fbfaf7',
    '--mantine-color-text': '#22251f',
    '--mantine-color-dimmed': '#63655d',
    '--mantine-color-anchor': '#17694d',
    '--mantine-color-placeholder': '#74766e',
    ...tinted(DAY),
    '--console-surface': '#ffffff',
    '--console-line': '#e5e3dc',
    '--console-side': '#f3f2ed',
    '--console-soft': '#eef8f3',
    '--console-code': '#f4f2ec',
  },
  dark: {
    '--mantine-color-body': '#101512',
    '--mantine-color-text': '#dfe5e1',
    '--mantine-color-dimmed': '#9aa69f',
    '--mantine-color-anchor': '#86c8ab',
    '--mantine-color-placeholder': '#8b978f',
    ...tinted(NIGHT),
    '--console-surface': '#171d1a',
    '--console-line': '#2a342e',
    '--console-side': '#0d110f',
    '--console-soft': '#17251e',
    '--console-code': '#1d2521',
  },
});
