// SPDX-License-Identifier: Apache-2.0
// pages → features → api, one way; a page knows no other page; app may know all.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname ?? __dirname, '..');

interface Arrow {
  file: string;
  from: string[];
  to: string[];
}

function arrows(): Arrow[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
    return [...found].map(([, target]) => ({
      file,
      from: file.split('/'),
      to: relative(root, resolve(root, dirname(file), target ?? '')).split('/'),
    }));
  });
}

const ALLOWED: Record<string, string[]> = {
  api: ['api'],
  features: ['features', 'api'],
  pages: ['pages', 'features', 'api'],
  app: ['app', 'pages', 'features', 'api'],
};

describe('the layers of the console', () => {
  const all = arrows();
  it('are read at all', () => expect(all.length).toBeGreaterThan(30));
  it('point one way', () => {
    const wrong = all.filter(({ from, to }) => {
      const allowed = ALLOWED[from[0] ?? ''];
      return allowed !== undefined && !allowed.includes(to[0] ?? '');
    });
    expect(wrong.map(({ file, to }) => `${file} → ${to.join('/')}`)).toEqual([]);
  });
  it('keep pages apart', () => {
    const wrong = all.filter(
      ({ from, to }) => from[0] === 'pages' && to[0] === 'pages' && from[1] !== to[1],
    );
    expect(wrong.map(({ file, to }) => `${file} → ${to.join('/')}`)).toEqual([]);
  });
});
