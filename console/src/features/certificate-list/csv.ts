// SPDX-License-Identifier: Apache-2.0
// CSV that a spreadsheet shows as it is. A name comes from whoever made the certificate, and a
// spreadsheet takes a cell that begins with one of these for a formula; the apostrophe makes it text.
// Some pass over what is not seen before it, and some take the wide forms of East Asia (U+FF1D …) alike.

const FORMULA_START =
  /^[\s\u0000-\u001f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const CONTROL_START = /^[\t\r\n]/;

export function csvCell(value: string | number | null | undefined): string {
  let text = value === null || value === undefined ? '' : String(value);
  // A lone number is a number, whatever its sign.
  const runs = FORMULA_START.test(text) || CONTROL_START.test(text);
  if (typeof value !== 'number' && runs) text = `'${text}`;
  return /[",\n\r\t;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(
  header: string[],
  rows: (string | number | null | undefined)[][],
): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(',') + '\r\n').join('');
}
