// SPDX-License-Identifier: Apache-2.0
// Tabs in one line; on a phone the line scrolls, and the chosen one is in sight.
import { Tabs } from '@mantine/core';
import { useEffect, useRef } from 'react';

interface Props {
  tabs: readonly (readonly [value: string, text: string])[];
  value: string;
}

export function TabList({ tabs, value }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (list.current === null || chosen === null || chosen === undefined) return;
    const middle = chosen.offsetLeft + chosen.offsetWidth / 2;
    list.current.scrollTo({ left: middle - list.current.clientWidth / 2 });
  }, [value]);
  return (
    <Tabs.List
      ref={list}
      mb="md"
      style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden', scrollbarWidth: 'none' }}
    >
      {tabs.map(([key, text]) => (
        <Tabs.Tab key={key} value={key} style={{ whiteSpace: 'nowrap', flex: 'none' }}>
          {text}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
