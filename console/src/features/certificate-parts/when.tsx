// SPDX-License-Identifier: Apache-2.0
// A moment, relative, with the exact one on hover and for screen readers.
import { Text, type TextProps, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';

import { Given } from './given';
import { datesInWords, dayOf, hintOf, relativeTime } from './time';
import { useZone } from './zone';

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
  const zone = useZone();
  if (time === undefined) {
    return (
      <Text span c="dimmed" {...text}>
        —
      </Text>
    );
  }
  const moment = new Date(time);
  return (
    <Tooltip label={hintOf(moment, zone)} multiline style={{ whiteSpace: 'pre-line' }} openDelay={200}>
      <Text span {...text}>
        <time dateTime={moment.toISOString()}>
          {relativeTime(moment, now ?? ticking)}
          {withDay && (
            <Text span c="dimmed" inherit>
              {' '}
              · {dayOf(moment, zone)}
            </Text>
          )}
        </time>
      </Text>
    </Tooltip>
  );
}

// The day alone: "12 Jul 2026".
export function Day({ time }: { time: string | Date }) {
  return dayOf(new Date(time), useZone());
}

// A sentence of the server's, with its times told by the chosen clock.
export function Said({ text }: { text: string }) {
  return <Given text={datesInWords(text, useZone())} />;
}
