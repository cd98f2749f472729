// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { problemsOf } from './bundle_rules.mjs';

const refused = [
  ['x.js', 'a;\n//# sourceMappingURL=x.js.map'],
  ['x.css', '/*# sourceMappingURL=x.css.map */'],
  ['x.js.map', '{}'],
  ['x.js', 'n("../../node_modules/react/index.js")'],
  ['x.js', 'x="pages/home/page.tsx"'],
  ['x.js', 'x="src/features/home/y.js"'],
  ['x.js', 'x="/home/somebody/perennial/y.js"'],
  ['x.js', 'x="file:///srv/y.js"'],
  ['x.js', 'x="C:\\\\\\\\perennial"'],
  ['x.js', 'x=eval("1")'],
  ['x.js', 'x=new Function("a","return a")'],
  ['x.js', 'x=Function("return this")()'],
  ['x.js', 'setTimeout("run()",1)'],
  ['x.js', 'import("https://cdn.example/x.js")'],
  ['x.js', 'fetch("https://elsewhere.example/x")'],
  ['x.js', 'new WebSocket("wss://elsewhere.example/")'],
  ['x.css', '@import "x.css";'],
  ['x.css', 'a{background:url(//cdn.example/x.png)}'],
  ['x.css', "a{background:url('data:image/png;base64,AA')}"],
  ['x.svg', '<svg onload="x()"/>'],
  ['x.svg', '<svg><script/></svg>'],
  ['index.html', '<script>run()</script>'],
  ['index.html', '<script type="module" src="https://cdn.example/x.js"></script>'],
  ['index.html', '<link rel="stylesheet" href="//cdn.example/x.css">'],
  ['index.html', '<b style="color:red">'],
];
const taken = [
  ['x.js', 'o.eval(x);retrieval("a");a.Function("b");setTimeout(()=>x(),1);isFunction("x")'],
  ['x.js', 'x="http://www.w3.org/2000/svg";throw Error("see https://react.dev/errors/1")'],
  ['x.js', 'x=`https://${name}:${port}/`;y="/console/assets/x.js"'],
  ['x.css', 'a{background:url(/console/assets/x.svg)}'],
  ['index.html', '<script type="module" crossorigin src="/console/assets/x.js"></script>'],
  ['notices.txt', 'https://anything.example/ is where it comes from'],
];

describe('the rules of a built file', () => {
  it.each(refused)('%s does not hold %s', (name, text) => {
    expect(problemsOf(name, text)).not.toEqual([]);
  });
  it.each(taken)('%s may hold %s', (name, text) => {
    expect(problemsOf(name, text)).toEqual([]);
  });
  it('knows the place where it was built', () => {
    expect(problemsOf('x.js', 'x="/srv/build/perennial/y"', ['/srv/build/perennial'])).toHaveLength(1);
  });
});
