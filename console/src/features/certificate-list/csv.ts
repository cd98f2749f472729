// SPDX-License-Identifier: Apache-2.0
// CSV that a spreadsheet shows as it is. A name comes from whoever made the certificate, and a
// spreadsheet takes a cell that begins with one of these for a formula; the apostrophe makes it text.

const FORMULA_START = /^[=+\-@\t\r]/;

export function csvCell(value: string | number | null | undefined): string {
  let text = value === null || value === undefined ? '' : String(value);
  // A lone number is a number, whatever its sign.
  if (typeof value !== 'number' && FORMULA_START.test(text)) text = `'${text}`;
  return /[",\n\r\t;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(
  header: string[],
  rows: (string | number | null | undefined)[][],
): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(',') + '\r\n').join('');
}
