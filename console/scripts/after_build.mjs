// SPDX-License-Identifier: Apache-2.0
// After the build: compresses what the server hands out as it is, and fails when the console has
// grown past its limits, or holds what it must not (bundle_rules.mjs). Sizes are those of gzip.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { problemsOf } from './bundle_rules.mjs';

const KIB = 1024;
const HOME_MAX = 250 * KIB;
const PAGE_MAX = 60 * KIB;

const out = join(dirname(fileURLToPath(import.meta.url)), '../../build/console');
const manifest = JSON.parse(readFileSync(join(out, '.vite/manifest.json'), 'utf8'));
// Its keys are paths of sources: not for the world.
rmSync(join(out, '.vite'), { recursive: true });

const root = join(out, '../..');
const places = [root, homedir(), hostname()].filter((place) => place.length > 8);
const check = (name, text) => problemsOf(name, text, places).forEach(fail);

const sizes = new Map();
for (const name of readdirSync(join(out, 'assets'))) {
  const file = join(out, 'assets', name);
  const bytes = readFileSync(file);
  const packed = gzipSync(bytes, { level: 9 });
  sizes.set(`assets/${name}`, packed.length);
  if (/\.(js|css|svg)$/.test(name)) {
    check(name, bytes.toString('utf8'));
    compress(file, bytes, packed);
  } else fail(`${name} is of a kind that nobody looked at`);
}
for (const name of readdirSync(out).filter((found) => found !== 'assets')) {
  const bytes = readFileSync(join(out, name));
  check(name, bytes.toString('utf8'));
  if (name === 'notices.txt') compress(join(out, name), bytes, gzipSync(bytes, { level: 9 }));
}
const used = Object.keys(JSON.parse(readFileSync(join(root, 'console/package.json'), 'utf8')).dependencies);
const noticed = readFileSync(join(out, 'notices.txt'), 'utf8');
for (const name of used) if (!noticed.includes(`\n${name} `)) fail(`${name} has no notice`);

function compress(file, bytes, packed) {
  writeFileSync(`${file}.gz`, packed);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
}

function fail(why) {
  console.error(`console: ${why}`);
  process.exitCode = 1;
}

// Everything that a chunk loads before it runs, and its styles.
function filesOf(key, found = new Set()) {
  const chunk = manifest[key];
  if (chunk === undefined || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const next of chunk.imports ?? []) filesOf(next, found);
  return found;
}
const total = (files) => [...files].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
const kib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;

const home = new Set([
  ...filesOf('index.html'),
  ...filesOf('src/app/shell.tsx'),
  ...filesOf('src/pages/home/page.tsx'),
]);
console.log(`console: sign-in and Home ${kib(total(home))} of ${kib(HOME_MAX)}`);
if (total(home) > HOME_MAX) fail(`sign-in and Home are ${kib(total(home))} together`);

for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || home.has(chunk.file)) continue;
  const further = [...filesOf(key)].filter((file) => !home.has(file));
  console.log(`console: ${key} ${kib(total(further))} of ${kib(PAGE_MAX)}`);
  if (total(further) > PAGE_MAX) fail(`${key} is ${kib(total(further))} beside what Home loads`);
}

// What is too large is not served, nor taken for done by the next build.
if (process.exitCode === 1) rmSync(join(out, 'index.html'));
