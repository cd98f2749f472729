// SPDX-License-Identifier: Apache-2.0
// The notices of the packages that the console is built with: their licences ask that they go along. The list
// is the bundler's own, so that it holds what is in the bundle and nothing is forgotten.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

interface Package {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string };
}

// Of a package that names this licence and its author, but leaves the text out.
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

// packageOf finds the folder of the package that a module is in; nothing for our own.
export function packageOf(moduleId: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(moduleId)?.[1];
}

function noticeOf(folder: string): { name: string; text: string } {
  const described = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
  const { name, version, license, author } = described;
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0 && license === 'MIT' && author !== undefined) {
    texts.push(`Copyright (c) ${typeof author === 'string' ? author : author.name}\n\n${MIT}`);
  }
  if (license === undefined || texts.length === 0) {
    throw new Error(`${name} ${version} comes without the text of its licence: ask whether it may be used`);
  }
  return { name, text: `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n` };
}

const RULER = `${'-'.repeat(80)}\n`;
const HEAD =
  'The console of Perennial (Apache-2.0) is built with these packages. Each comes with its own licence.\n\n';

export const NOTICES = 'notices.txt';

export function notices(): Plugin {
  return {
    name: 'notices',
    apply: 'build',
    generateBundle() {
      const folders = new Set(
        [...this.getModuleIds()].flatMap((id) => packageOf(id) ?? []),
      );
      const all = [...folders].map(noticeOf).sort((a, b) => a.name.localeCompare(b.name));
      const source = HEAD + all.map(({ text }) => RULER + text).join('\n');
      this.emitFile({ type: 'asset', fileName: NOTICES, source });
    },
  };
}
