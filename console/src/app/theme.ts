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
  colors: { evergreen, gray: stone, dark: night },
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
  components: {
    Button: Button.extend({ defaultProps: { fw: 550 } }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, radius: 'lg' } }),
    Card: Card.extend({ defaultProps: { withBorder: true, radius: 'lg', padding: 'lg' } }),
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 550 } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'sm' } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 150, events: { hover: true, focus: true, touch: true } } }),
    // The first entry has the focus at once, where it is seen.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({ defaultProps: { radius: 'lg', centered: true, overlayProps: { blur: 2 } } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--console-measure': '74rem' },
  light: {
    '--mantine-color-body': '#fbfaf7',
    '--mantine-color-text': '#22251f',
    '--mantine-color-dimmed': '#63655d',
    '--mantine-color-anchor': '#17694d',
    '--mantine-color-placeholder': '#74766e',
    // Light badges: dark enough to be read (WCAG 2.2, 1.4.3).
    '--mantine-color-evergreen-light-color': '#0c3d2d',
    '--mantine-color-teal-light-color': '#065a41',
    '--mantine-color-blue-light-color': '#124b86',
    '--mantine-color-red-light-color': '#8f1d1d',
    '--mantine-color-yellow-light-color': '#7a4300',
    '--mantine-color-orange-light-color': '#7f2f06',
    '--console-surface': '#ffffff',
    '--console-line': '#e5e3dc',
    '--console-side': '#f3f2ed',
    '--console-soft': '#eef8f3',
  },
  dark: {
    '--mantine-color-body': '#101512',
    '--mantine-color-text': '#dfe5e1',
    '--mantine-color-dimmed': '#9aa69f',
    '--mantine-color-anchor': '#86c8ab',
    '--mantine-color-placeholder': '#8b978f',
    '--console-surface': '#171d1a',
    '--console-line': '#2a342e',
    '--console-side': '#0d110f',
    '--console-soft': '#17251e',
  },
});
