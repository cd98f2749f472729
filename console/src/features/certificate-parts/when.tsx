// SPDX-License-Identifier: Apache-2.0
// A moment, relative, with the exact one on hover and for screen readers.
import { Text, type TextProps, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';

import { dayOf, exactTime, relativeTime } from './time';

// useNow re-renders with the present time every so often.
export function useNow(everySeconds: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everySeconds * 1000);
    return () => clearInterval(timer);
  }, [everySeconds]);
  return now;
}

interface Props extends TextProps {
  time: string | Date | undefined;
  // "in 51 days", or "in 51 days · 12 Jul 2026".
  withDay?: boolean;
  now?: Date;
}

export function When({ time, withDay = false, now, ...given }: Props) {
  // Without a size of its own it is as large as the text that it stands in.
  const text = given.size === undefined ? { inherit: true, ...given } : given;
  const ticking = useNow(15);
  if (time === undefined) {
    return (
      <Text span c="dimmed" {...text}>
        —
      </Text>
    );
  }
  const moment = new Date(time);
  const label = `${exactTime(moment, 'local')}\n${exactTime(moment, 'utc')}`;
  return (
    <Tooltip label={label} multiline style={{ whiteSpace: 'pre-line' }} openDelay={200}>
      <Text span {...text}>
        <time dateTime={moment.toISOString()}>
          {relativeTime(moment, now ?? ticking)}
          {withDay && (
            <Text span c="dimmed" inherit>
              {' '}
              · {dayOf(moment)}
            </Text>
          )}
        </time>
      </Text>
    </Tooltip>
  );
}
