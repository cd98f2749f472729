// SPDX-License-Identifier: Apache-2.0
// What a built file must not hold. after_build.mjs asks for each of them; bundle_rules.test.mjs shows
// that each rule bites.

// Addresses that stand in libraries as names of namespaces or in the words of errors. Nothing is loaded from
// them, and the policy of content would refuse it. A new one is looked at before it is written here.
const ONLY_NAMED = [
  'http://www.w3.org/',
  'https://react.dev/errors/',
  'https://reactrouter.com/',
  'https://mantine.dev/',
  'https://github.com/ungap/url-search-params',
  'http://localhost',
];

const OWN_SOURCE = /node_modules[/\\]|\.tsx\b|\bsrc\/(pages|features|api|app)\//;
const MACHINE = /(^|["'`\s(=:])(\/home\/|\/Users\/|\/root\/|\/tmp\/|\/work\/|file:\/\/\/|[A-Z]:\\\\)/;
// Text that becomes code.
const EVALUATED = [
  /(^|[^.\w$])eval\s*\(/,
  /\bnew\s+Function\b/,
  /(^|[^.\w$])Function\s*\(\s*["'`]/,
  /\bset(Timeout|Interval)\s*\(\s*["'`]/,
];

// problemsOf says what is wrong with a file, in words. `places` are paths of this machine.
export function problemsOf(name, text, places = []) {
  const problems = [];
  const refuse = (rule, found) => problems.push(`${name} ${rule}: ${found.slice(0, 80).trim()}`);
  const holds = (rule, pattern) => {
    const found = pattern.exec(text);
    if (found !== null) refuse(rule, found[0]);
  };
  if (name.endsWith('.map')) refuse('is a source map', name);
  holds('names a source map', /[#@]\s*sourceMappingURL/);
  if (name.endsWith('.txt')) return problems;
  holds('tells of its source', OWN_SOURCE);
  holds('tells of the machine that built it', MACHINE);
  for (const place of places) if (text.includes(place)) refuse('tells of the machine that built it', place);
  if (name.endsWith('.js')) {
    for (const pattern of EVALUATED) holds('makes code of text', pattern);
    holds('loads from elsewhere', /\bimport\s*\(?\s*["'`](https?:)?\/\//);
    for (const [address] of text.matchAll(/\b(?:https?|wss?):\/\/[\w.-]{2,}[\w./-]*/g)) {
      if (!ONLY_NAMED.some((known) => address.startsWith(known))) refuse('names an address elsewhere', address);
    }
  }
  if (name.endsWith('.css')) holds('loads from elsewhere', /@import\b|url\(\s*["']?(data:|(https?:)?\/\/)/);
  if (name.endsWith('.svg')) holds('is more than a picture', /<script|\bon\w+\s*=|<foreignObject|href\s*=\s*["'](?!#)/i);
  if (name.endsWith('.html')) {
    holds('loads from elsewhere', /(src|href)\s*=\s*["'](?!\/console\/)/);
    holds('holds a script of its own', /<script(?![^>]*\bsrc=)[^>]*>/);
    holds('holds a style of its own', /<style|\sstyle\s*=/);
  }
  return problems;
}
