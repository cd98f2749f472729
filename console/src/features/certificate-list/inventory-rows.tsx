// SPDX-License-Identifier: Apache-2.0
// The rows of the inventory: only those in sight are in the document, and the arrow keys walk
// through all of them.
import { Skeleton, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import { Link } from 'react-router';

import type { InventoryItem } from '../../api/certificates';
import { Given } from '../certificate-parts/given';
import { counted } from '../certificate-renewal/duration';
import { RiskBadge } from '../certificate-parts/risk';
import { hintOf, relativeTime } from '../certificate-parts/time';
import { useNow } from '../certificate-parts/when';
import { capital } from '../certificate-parts/words';
import { useZone } from '../certificate-parts/zone';
import classes from './inventory-rows.module.css';
import { useRowsInView } from './rows-in-view';

function servingWords(item: InventoryItem): string {
  if (item.associationCount === 0) return 'used nowhere';
  const nodes = item.nodesServing + item.nodesOwing;
  if (nodes === 0) return `${counted(item.associationCount, 'user')}, no node yet`;
  if (item.nodesOwing === 0) return counted(item.nodesServing, 'node');
  return `${item.nodesServing} of ${counted(nodes, 'node')}`;
}

// A row has no floating hint of its own: hundreds pass by while somebody scrolls.
function Moment({ time, now }: { time: string; now: Date }) {
  const at = new Date(time);
  const zone = useZone();
  return (
    <time dateTime={time} title={hintOf(at, zone)}>
      {relativeTime(at, now)}
    </time>
  );
}

interface RowProps {
  item: InventoryItem;
  index: number;
  top: number;
  height: number;
  now: Date;
}

const Row = memo(function Row({ item, index, top, height, now }: RowProps) {
  const names = item.subjectAlternativeNames.filter((name) => name !== item.name);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-risk={item.risk}
      style={{ top, height }}
    >
      <div role="cell" className={classes.cell}>
        <Text
          component={Link}
          to={`/certificates/${encodeURIComponent(item.id)}`}
          className={classes.name}
          data-index={index}
          size="sm"
          fw={600}
          truncate
          display="block"
          c="bright"
        >
          {item.name}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          <Given text={names.length > 0 ? names.join(', ') : item.subject} />
          {item.issuerName !== undefined && ` · ${item.issuerName}`}
        </Text>
      </div>
      <div role="cell">
        <span className={classes.above} title={item.reason}>
          <RiskBadge risk={item.risk} />
        </span>
      </div>
      <div role="cell" className={`${classes.cell} ${classes.when}`}>
        <Text size="sm" hiddenFrom="md" c="dimmed" span>
          Expires
        </Text>
        <Text span size="sm" className={classes.above}>
          <Moment time={item.timeOfExpiry} now={now} />
        </Text>
      </div>
      <div role="cell" className={`${classes.cell} ${classes.next}`}>
        <Text size="sm" truncate title={item.next.text}>
          <Given text={capital(item.next.text)} />
        </Text>
        {item.next.time !== undefined && (
          <Text span size="xs" c="dimmed" className={classes.above}>
            <Moment time={item.next.time} now={now} />
          </Text>
        )}
      </div>
      <div role="cell" className={`${classes.cell} ${classes.serving}`}>
        <Text size="sm" span c={item.nodesOwing > 0 ? 'bright' : 'dimmed'} truncate>
          {servingWords(item)}
        </Text>
      </div>
    </div>
  );
});

// A row that is there, and not read yet: the scroll bar tells the truth, and nothing jumps.
function Unread({ top, height }: { top: number; height: number }) {
  return (
    <div role="row" className={classes.row} style={{ top, height }} aria-hidden>
      <Skeleton height={12} width="60%" animate={false} />
      <Skeleton height={18} width={72} radius="xl" animate={false} />
    </div>
  );
}

interface Props {
  items: InventoryItem[];
  total: number;
  hasMore: boolean;
  more: () => void;
}

export function InventoryRows({ items, total, hasMore, more }: Props) {
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  const height = wide ? 60 : 104;
  const list = useRef<HTMLDivElement>(null);
  const range = useRowsInView(list, height, total);
  const now = useNow(15);

  useEffect(() => {
    if (hasMore && range.end > items.length - 60) more();
  }, [hasMore, range.end, items.length, more]);

  const walk = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const from = Number((event.target as HTMLElement).dataset['index'] ?? NaN);
    if (step === undefined || Number.isNaN(from) || list.current === null) return;
    event.preventDefault();
    const to = Math.min(total - 1, Math.max(0, from + step));
    const find = (): HTMLElement | null =>
      list.current?.querySelector<HTMLElement>(`[data-index="${to}"]`) ?? null;
    const found = find();
    if (found !== null) {
      found.focus();
      return;
    }
    // Not in the document yet: scroll there first.
    const { top } = list.current.getBoundingClientRect();
    window.scrollTo({ top: window.scrollY + top + to * height - window.innerHeight / 2 });
    requestAnimationFrame(() => requestAnimationFrame(() => find()?.focus()));
  };

  return (
    <div
      role="table"
      aria-label="Certificates"
      aria-rowcount={total + 1}
      className={classes.list}
      onKeyDown={walk}
    >
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={classes.head}>
          <div role="columnheader">Certificate</div>
          <div role="columnheader">Risk</div>
          <div role="columnheader">Expires</div>
          <div role="columnheader">What happens next</div>
          <div role="columnheader">Served by</div>
        </div>
      </div>
      <div
        role="rowgroup"
        ref={list}
        className={classes.body}
        style={{ height: total * height }}
      >
        {Array.from({ length: range.end - range.first }, (_, offset) => {
          const index = range.first + offset;
          const item = items[index];
          return item === undefined ? (
            <Unread key={index} top={index * height} height={height} />
          ) : (
            <Row
              key={item.id}
              item={item}
              index={index}
              top={index * height}
              height={height}
              now={now}
            />
          );
        })}
      </div>
    </div>
  );
}
