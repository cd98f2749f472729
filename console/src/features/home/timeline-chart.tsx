// SPDX-License-Identifier: Apache-2.0
// Ninety days: what renews above the line, what expires below it.
import { Group, Text } from '@mantine/core';
import { useMemo, useState } from 'react';

import type { OverviewDay } from '../../api/overview';
import { BAR, DOWN, plot, STEP, UP, WIDTH, wordsOf } from './timeline';
import classes from './timeline-chart.module.css';

export function TimelineChart({ days }: { days: readonly OverviewDay[] }) {
  const { bars, months } = useMemo(() => plot(days), [days]);
  const [over, setOver] = useState<OverviewDay>();
  const busy = days.filter((day) => day.renewals + day.expiries > 0);
  const sum = (of: 'renewals' | 'expiries'): number => days.reduce((all, day) => all + day[of], 0);
  const summary = `${sum('renewals')} renewals and ${sum('expiries')} expiries in the next ${days.length} days.`;

  return (
    <div>
      <Group gap="lg" mb="sm" justify="space-between">
        <Group gap="lg">
          <span className={classes['key']}>
            <svg className={classes['swatch']} aria-hidden viewBox="0 0 10 10">
              <rect width="10" height="10" rx="2" className={classes['renewal']} />
            </svg>
            {sum('renewals').toLocaleString('en')} renew
          </span>
          <span className={classes['key']}>
            <svg className={classes['swatch']} aria-hidden viewBox="0 0 10 10">
              <rect width="10" height="10" rx="2" className={classes['expiry']} />
            </svg>
            {sum('expiries').toLocaleString('en')} expire, unless renewed
          </span>
        </Group>
        <Text size="sm" c="dimmed" mih={22}>
          {over === undefined ? '' : wordsOf(over)}
        </Text>
      </Group>
      <svg
        className={classes['chart']}
        viewBox={`0 0 ${WIDTH} ${UP + DOWN}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
        onPointerLeave={() => setOver(undefined)}
      >
        {months.map(({ x }) => (
          <line key={x} className={classes['month']} x1={x} x2={x} y1={0} y2={UP + DOWN} />
        ))}
        <line className={classes['axis']} x1={0} x2={WIDTH} y1={UP} y2={UP} />
        {bars.map(({ day, x, renewals, expiries }) => (
          <g key={day.date} onPointerEnter={() => setOver(day)}>
            {renewals > 0 && (
              <rect
                className={classes['renewal']}
                x={x + (STEP - BAR) / 2}
                y={UP - 2 - renewals}
                width={BAR}
                height={renewals}
                rx={2}
              />
            )}
            {expiries > 0 && (
              <rect
                className={classes['expiry']}
                x={x + (STEP - BAR) / 2}
                y={UP + 2}
                width={BAR}
                height={expiries}
                rx={2}
              />
            )}
            <rect className={classes['hit']} x={x} y={0} width={STEP} height={UP + DOWN} />
          </g>
        ))}
      </svg>
      <div className={classes['labels']} aria-hidden>
        <span style={{ left: 0 }}>Today</span>
        {months
          .filter(({ x }) => x > WIDTH * 0.1)
          .map(({ x, text }) => (
            <span key={x} style={{ left: `${(x / WIDTH) * 100}%` }}>
              {text}
            </span>
          ))}
      </div>
      {busy.length > 0 && (
        <details className={classes['list']}>
          <summary>As a list</summary>
          <ul className={classes['days']}>
            {busy.map((day) => (
              <li key={day.date}>{wordsOf(day)}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
