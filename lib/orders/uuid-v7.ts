import { randomUUID } from 'node:crypto';
import { systemClock } from '../time/clock.ts';

const LARGEST_COUNT = 0xfff;

let latestMs = 0;
/** The digits of `latestMs` and of the version. */
let prefix = '';
let count = 0;

/**
 * Returns a UUIDv7: 48 bits of time in milliseconds, a counter of 12 bits, and 62 random bits. The ids of a process rise, also
 * when the clock is set back. Takes the random bits from Node's UUIDv4, which reads random bytes for many ids at once; the
 * package `uuid` reads them for each id.
 * Source: https://www.rfc-editor.org/rfc/rfc9562#section-5.7 and, for the counter, #section-6.2, method 1.
 */
export function uuidV7(): string {
  const now = systemClock();
  if (now > latestMs) {
    startMillisecond(now);
  } else if (count === LARGEST_COUNT) {
    startMillisecond(latestMs + 1);
  } else {
    count += 1;
  }
  return `${prefix}${count.toString(16).padStart(3, '0')}${randomUUID().slice('xxxxxxxx-xxxx-Mxxx'.length)}`;
}

function startMillisecond(ms: number): void {
  const time = ms.toString(16).padStart(12, '0');
  latestMs = ms;
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  count = 0;
}
