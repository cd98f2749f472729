// SPDX-License-Identifier: Apache-2.0
import type { InventoryItem } from '../../api/certificates';
import { riskWord } from '../certificate-parts/risk';
import { toCsv } from './csv';

const HEADER = [
  'name',
  'subject',
  'names',
  'issuer',
  'state',
  'risk',
  'reason',
  'expires',
  'next',
  'next time',
  'version',
  'nodes serving',
  'nodes owing',
  'associations',
  'serial number',
  'fingerprint',
  'id',
];

export function inventoryCsv(items: InventoryItem[]): string {
  const rows = items.map((item) => [
    item.name,
    item.subject,
    item.subjectAlternativeNames.join(' '),
    item.issuerName,
    item.lifecycleState,
    riskWord(item.risk),
    item.reason,
    item.timeOfExpiry,
    item.next.text,
    item.next.time,
    item.currentVersionNumber,
    item.nodesServing,
    item.nodesOwing,
    item.associationCount,
    item.serialNumber,
    item.fingerprint,
    item.id,
  ]);
  return toCsv(HEADER, rows);
}

// save hands the text to the browser as a file.
export function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
