// SPDX-License-Identifier: Apache-2.0
// After the build: compresses what the server hands out as it is, and fails when the console has
// grown past its limits. Sizes are those of gzip.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const KIB = 1024;
const HOME_MAX = 250 * KIB;
const PAGE_MAX = 60 * KIB;

const out = join(dirname(fileURLToPath(import.meta.url)), '../../build/console');
const manifest = JSON.parse(readFileSync(join(out, '.vite/manifest.json'), 'utf8'));
// Its keys are paths of sources: not for the world.
rmSync(join(out, '.vite'), { recursive: true });

const sizes = new Map();
const source = /sourceMappingURL|node_modules\/|\.tsx\b|src\/(pages|features|api|app)\//;
for (const name of readdirSync(join(out, 'assets'))) {
  const file = join(out, 'assets', name);
  const bytes = readFileSync(file);
  const packed = gzipSync(bytes, { level: 9 });
  sizes.set(`assets/${name}`, packed.length);
  if (/\.(js|css|svg)$/.test(name)) {
    const found = source.exec(bytes.toString('utf8'));
    if (found !== null) fail(`${name} tells of its source: ${found[0]}`);
    writeFileSync(`${file}.gz`, packed);
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    );
  }
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
