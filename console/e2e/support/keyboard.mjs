// SPDX-License-Identifier: Apache-2.0
// Somebody with a keyboard alone: no mouse, no click, nothing typed into what has not the focus. At every
// stop it must be seen where one is.
import assert from 'node:assert/strict';

// What the focus may be shown by: on the element, on what stands beside a hidden control, or on its frame.
function appearance() {
  const focused = document.activeElement;
  const label = focused.id === '' ? null : document.querySelector(`label[for="${CSS.escape(focused.id)}"]`);
  const near = [focused, focused.parentElement, focused.parentElement?.parentElement, focused.nextElementSibling,
    focused.nextElementSibling?.firstElementChild, label, label?.firstElementChild];
  const look = (element, part) => {
    const style = getComputedStyle(element, part);
    return [style.outlineStyle === 'none' ? '' : `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`,
      style.boxShadow, style.borderTopColor, style.borderBottomColor, style.backgroundColor, style.textDecorationLine, style.transform].join('|');
  };
  return near.map((element) => (element ? [look(element), look(element, '::before'), look(element, '::after')].join('/') : '')).join('\n');
}

// Who has the focus: {role, name, place}.
function who() {
  const focused = document.activeElement;
  const text = (id) => id.split(' ').map((one) => document.getElementById(one)?.textContent ?? '').join(' ');
  const named = focused.getAttribute('aria-label')
    ?? (focused.hasAttribute('aria-labelledby') ? text(focused.getAttribute('aria-labelledby')) : null)
    ?? (focused.labels?.length > 0 ? [...focused.labels].map((one) => one.textContent).join(' ') : null)
    ?? (focused.tagName === 'INPUT' ? focused.placeholder : focused.textContent);
  const roles = { A: 'link', BUTTON: 'button', INPUT: 'textbox', TEXTAREA: 'textbox', SELECT: 'combobox', BODY: 'body', MAIN: 'main' };
  const kinds = { radio: 'radio', checkbox: 'checkbox' };
  return {
    role: focused.getAttribute('role') ?? kinds[focused.type] ?? roles[focused.tagName] ?? focused.tagName,
    name: focused === document.body ? '' : named.replace(/\s+/g, ' ').replace(/ ?\*$/, '').trim(),
    inWindow: focused.closest('[role=dialog]') !== null,
    html: focused.outerHTML.slice(0, 160),
  };
}

export class Keyboard {
  constructor(page) {
    this.page = page;
    this.unseen = new Set();
    this.steps = 0;
  }
  who() {
    return this.page.evaluate(who);
  }
  // Presses one key. When it moves the focus, what had it must look otherwise than before: else nobody saw that.
  async press(key) {
    const before = await this.page.evaluate(`(() => { window.__had = document.activeElement; return (${appearance})(); })()`);
    const had = await this.who();
    await this.page.keyboard.press(key);
    this.steps += 1;
    await this.settled();
    const after = await this.page.evaluate(`(() => {
      const had = window.__had;
      if (document.activeElement === had || !had.isConnected || had === document.body || had.tagName === 'MAIN') return null;
      return (${String(appearance).replace('document.activeElement', 'had').replace('appearance', '')})();
    })()`);
    if (after !== null && after === before) this.unseen.add(`${had.role} “${had.name}” ${had.html}`);
  }
  // Two frames, and what they began to change has changed: the border of a field takes a tenth of a second, also
  // for who wants no motion, and looks as before until its next frame.
  settled() {
    return this.page.evaluate(async () => {
      await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
      const changing = document.getAnimations().filter((one) => one instanceof CSSTransition);
      await Promise.allSettled(changing.map((one) => one.finished));
    });
  }
  // What was not seen since this was asked last.
  takeUnseen() {
    const found = [...this.unseen];
    this.unseen.clear();
    return found;
  }
  // Goes on with the key until this has the focus; a trap or a missing stop is an error, with the way that was gone.
  async to(role, name, { key = 'Tab', most = 60 } = {}) {
    const way = [];
    const is = (it) => it.role === role && (name instanceof RegExp ? name.test(it.name) : it.name === name);
    for (let step = 0; step <= most; ++step) {
      const it = await this.who();
      if (is(it)) return it;
      way.push(`${it.role} “${it.name.slice(0, 40)}”`);
      await this.press(key);
    }
    throw new Error(`${role} “${name}” was not reached by ${key}:\n${way.join('\n')}`);
  }
  // Types into what has the focus, in place of what is there.
  async type(text) {
    const { role, html } = await this.who();
    assert.match(role, /textbox|combobox|searchbox/, html);
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.type(text);
  }
}
