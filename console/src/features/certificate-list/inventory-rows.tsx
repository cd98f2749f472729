// SPDX-License-Identifier: Apache-2.0
// The rows of the inventory: only those in sight are in the document, and the arrow keys walk
// through all of them.
import { Skeleton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import { Link } from 'react-router';

import type { InventoryItem } from '../../api/certificates';
import { Given } from '../certificate-parts/given';
import { counted } from '../certificate-renewal/duration';
import { riskLook } from '../certificate-parts/risk';
import { hintOf, relativeTime } from '../certificate-parts/time';
import { useNow } from '../certificate-parts/when';
import { capital } from '../certificate-parts/words';
import { useZone, type Zone } from '../certificate-parts/zone';
import classes from './inventory-rows.module.css';
import { useRowsInView } from './rows-in-view';

function servingWords(item: InventoryItem): string {
  if (item.associationCount === 0) return 'used nowhere';
  const nodes = item.nodesServing + item.nodesOwing;
  if (nodes === 0) return `${counted(item.associationCount, 'user')}, no node yet`;
  if (item.nodesOwing === 0) return counted(item.nodesServing, 'node');
  return `${item.nodesServing} of ${counted(nodes, 'node')}`;
}

// A row has no floating hint of its own, and is made of plain elements: hundreds pass by while somebody
// scrolls.
function Moment({ time, now, zone }: { time: string; now: Date; zone: Zone }) {
  const at = new Date(time);
  return (
    <time dateTime={time} title={hintOf(at, zone)} className={classes.above}>
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
  zone: Zone;
}

const Row = memo(function Row({ item, index, top, height, now, zone }: RowProps) {
  const names = item.subjectAlternativeNames.filter((name) => name !== item.name);
  const { word, Icon } = riskLook(item.risk);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-risk={item.risk}
      style={{ top, height }}
    >
      <div role="cell" className={classes.cell}>
        <Link
          to={`/certificates/${encodeURIComponent(item.id)}`}
          className={classes.name}
          data-index={index}
        >
          {item.name}
        </Link>
        <div className={classes.small}>
          <Given text={names.length > 0 ? names.join(', ') : item.subject} />
          {item.issuerName !== undefined && ` · ${item.issuerName}`}
        </div>
      </div>
      <div role="cell">
        <span className={classes.risk} data-risk={item.risk} title={item.reason}>
          <Icon size={14} aria-hidden />
          {word}
        </span>
      </div>
      <div role="cell" className={`${classes.cell} ${classes.when}`}>
        <span className={classes.label}>Expires</span>
        <Moment time={item.timeOfExpiry} now={now} zone={zone} />
      </div>
      <div role="cell" className={`${classes.cell} ${classes.next}`}>
        <div className={classes.text} title={item.next.text}>
          <Given text={capital(item.next.text)} />
        </div>
        {item.next.time !== undefined && (
          <div className={classes.small}>
            <Moment time={item.next.time} now={now} zone={zone} />
          </div>
        )}
      </div>
      <div role="cell" className={`${classes.cell} ${classes.serving}`} data-owing={item.nodesOwing > 0}>
        {servingWords(item)}
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
  const zone = useZone();

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
              zone={zone}
            />
          );
        })}
      </div>
    </div>
  );
}
