// SPDX-License-Identifier: Apache-2.0
import { type RefObject, useEffect } from 'react';

const WINDOW = '[role="dialog"]';

// What is focused again when the window closes: what opened it; of an entry in a menu, the menu's button.
function openerOf(from: Element): Element | null {
  const label = from.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  return label === null || label === undefined ? from : document.getElementById(label);
}

// useFocusHome gives the focus back when a window is gone; to the page, when what opened it is gone too. The
// library's own way back needs a window that was there before it was opened, and most here are made by it.
export function useFocusHome(page: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const openers = new Map<Element, Element | null>();
    const gone = new MutationObserver(() => {
      for (const [window, opener] of [...openers].reverse()) {
        if (window.isConnected) continue;
        openers.delete(window);
        if (document.activeElement !== null && document.activeElement !== document.body) continue;
        const home = opener instanceof HTMLElement && opener.isConnected ? opener : page.current;
        home?.focus({ preventScroll: home !== opener });
      }
      if (openers.size === 0) gone.disconnect();
    });
    const entered = (event: FocusEvent): void => {
      const into = (event.target as Element).closest(WINDOW);
      const from = event.relatedTarget instanceof Element ? event.relatedTarget : null;
      if (into === null || openers.has(into) || into.contains(from)) return;
      openers.set(into, from === null ? null : openerOf(from));
      gone.observe(document.body, { childList: true, subtree: true });
    };
    document.addEventListener('focusin', entered);
    return () => {
      document.removeEventListener('focusin', entered);
      gone.disconnect();
    };
  }, [page]);
}
