// SPDX-License-Identifier: Apache-2.0
// Which rows of a long list are in sight. Rows have one height, so this is arithmetic.
import { type RefObject, useLayoutEffect, useState } from 'react';

export interface Range {
  first: number;
  end: number;
}

export function rangeInView(
  listTop: number,
  windowHeight: number,
  rowHeight: number,
  count: number,
  beyond = 8,
): Range {
  const first = Math.floor(-listTop / rowHeight) - beyond;
  const end = Math.ceil((windowHeight - listTop) / rowHeight) + beyond;
  return {
    first: Math.min(Math.max(0, first), count),
    end: Math.max(0, Math.min(count, end)),
  };
}

// useRowsInView follows the window's scrolling, at most once a frame.
export function useRowsInView(
  list: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
): Range {
  const [range, setRange] = useState<Range>({ first: 0, end: Math.min(count, 30) });
  useLayoutEffect(() => {
    let frame = 0;
    const look = (): void => {
      frame = 0;
      if (list.current === null) return;
      const { top } = list.current.getBoundingClientRect();
      const next = rangeInView(top, window.innerHeight, rowHeight, count);
      setRange((now) => (now.first === next.first && now.end === next.end ? now : next));
    };
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    // Captured: the page may scroll in an element of the shell's.
    window.addEventListener('scroll', soon, { passive: true, capture: true });
    window.addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', soon, { capture: true });
      window.removeEventListener('resize', soon);
    };
  }, [list, rowHeight, count]);
  return range;
}
