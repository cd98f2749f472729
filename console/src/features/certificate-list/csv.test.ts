// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { csvCell, toCsv } from './csv';

describe('csv', () => {
  it('makes no cell a formula', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', ' =', '\u200b=', '\uff1d']) {
      const cell = csvCell(`${start}HYPERLINK("http://evil")`);
      expect(cell.replace(/^"/, '')).toMatch(/^'/);
    }
  });

  it('makes no formula by way of a quoted cell either', () => {
    expect(csvCell('=1,2')).toBe(`"'=1,2"`);
  });

  it('keeps plain text, numbers and nothing as they are', () => {
    expect(csvCell('shop.example.test')).toBe('shop.example.test');
    expect(csvCell(-5)).toBe('-5');
    expect(csvCell(null)).toBe('');
    expect(csvCell(undefined)).toBe('');
  });

  it('quotes what would break a row', () => {
    expect(csvCell('a "b", c')).toBe('"a ""b"", c"');
    expect(csvCell('a\nb')).toBe('"a\nb"');
    expect(toCsv(['a', 'b'], [['1', 'x,y']])).toBe('a,b\r\n1,"x,y"\r\n');
  });
});
