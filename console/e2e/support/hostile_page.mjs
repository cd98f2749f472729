// SPDX-License-Identifier: Apache-2.0
// Looks at a page that shows hostile text.
import assert from 'node:assert/strict';

// What is not seen, or turns round what is written beside it.
const UNSEEN = '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff]';

// How it must be shown.
const revealed = (text) => text.replace(new RegExp(UNSEEN, 'g'),
  (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
const bare = (text) => text.replace(/\s+/g, ' ').trim();

// Runs in the page. It returns the texts that are shown, and everything that is wrong.
function inspect({ texts, unseen }) {
  const bare = (text) => text.replace(/\s+/g, ' ').trim();
  const all = new Set(texts);
  const wrong = [];
  const say = (what, element) => wrong.push(`${what}: ${element?.outerHTML?.slice(0, 240) ?? ''}`);

  for (const made of document.querySelectorAll('img[src="x"], [onerror], [onload], main script, [role=dialog] script')) {
    say('text became an element', made);
  }
  for (const link of document.querySelectorAll('[href], [src], [action], [formaction], [data]')) {
    for (const name of ['href', 'src', 'action', 'formaction', 'data']) {
      if (/^[\s\u0000-\u001f]*(javascript|data|vbscript):/i.test(link.getAttribute(name) ?? '')) say('a link that runs', link);
    }
  }

  // Nothing is wider than its screen or its window, but what scrolls by itself.
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const scrolls = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        if (/auto|scroll|hidden|clip/.test(getComputedStyle(at).overflowX)) return true;
      }
      return false;
    };
    const widest = [...document.body.querySelectorAll('*')].filter((one) =>
      one.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(one));
    say(`wider than the screen: ${root.scrollWidth} of ${root.clientWidth}`, widest.at(-1) ?? root);
  }
  for (const dialog of document.querySelectorAll('[role=dialog]')) {
    const { left, right } = dialog.getBoundingClientRect();
    if (left < -1 || right > root.clientWidth + 1 || dialog.scrollWidth > dialog.clientWidth + 1) say('a window too wide', dialog);
  }

  const shown = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.data;
    const element = node.parentElement;
    if (/^(SCRIPT|STYLE)$/.test(element.tagName)) continue;
    if (all.has(bare(text))) shown.add(bare(text));
    if (new RegExp(unseen).test(text)) say('a character that is not seen', element);
    // Other directions are isolated, or stand alone in what is laid out by itself.
    if (!/[\u0590-\u08ff]/.test(text) || element.tagName === 'BDI') continue;
    let alone = element;
    while (getComputedStyle(alone).display === 'inline' && !/isolate|plaintext/.test(getComputedStyle(alone).unicodeBidi)) {
      alone = alone.parentElement;
    }
    if (!all.has(bare(alone.textContent))) say('a direction that reaches the words beside it', alone);
  }
  // In code a value stands among other words.
  for (const code of document.querySelectorAll('pre, code, textarea')) {
    for (const text of all) if ((code.value ?? code.textContent).includes(text)) shown.add(text);
  }
  return { shown: [...shown], wrong };
}

// lookFor returns look(name), which looks at the page as it is now. look.allWell() asserts that nothing was
// wrong since it was asked last; look.unseen() lists what of [what, text] was shown nowhere.
export function lookFor(page, expected) {
  const shownAs = (text) => bare(revealed(text));
  const texts = expected.map(([, text]) => shownAs(text));
  const seen = new Set();
  let found = [];
  const look = async (name) => {
    const { shown, wrong } = await page.evaluate(inspect, { texts, unseen: UNSEEN });
    shown.forEach((text) => seen.add(text));
    found.push(...wrong.map((what) => `${name}: ${what}`));
  };
  look.allWell = () => {
    const wrong = found;
    found = [];
    assert.deepEqual(wrong, []);
  };
  look.unseen = () => expected.filter(([, text]) => !seen.has(shownAs(text))).map((one) => one.join(' '));
  return look;
}
