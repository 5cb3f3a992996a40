/**
 * https://www.rfc-editor.org/rfc/rfc3339#section-5.6: T and Z may be lower case, and an offset is required. The OpenAPI
 * document contains the pattern, so it has no flag, and no `\d`: that matches other digits too in some languages.
 */
export const rfc3339 =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]((?:[01][0-9]|2[0-3]):[0-5][0-9]):([0-5][0-9]|60)(?:\.([0-9]+))?(?:[Zz]|([+-](?:[01][0-9]|2[0-3])):([0-5][0-9]))$/;

/**
 * RFC 3339 and common variants: a space instead of T, a comma instead of the point, an offset without colon or
 * minutes, no offset, no seconds, and 24:00 for the end of a day. The date is a calendar date of ISO 8601 in
 * extended format. Week dates, ordinal dates, the basic format and expanded years are not accepted.
 */
const iso8601 =
  /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-4]):[0-5]\d)(?::([0-5]\d|60)(?:[.,](\d+))?)?(?:Z|([+-](?:[01]\d|2[0-3]))(?::?([0-5]\d))?)?$/i;

/** Returns the milliseconds since the epoch of an RFC 3339 time, or NaN. Further digits are cut off. */
export const rfc3339Ms = (text: string): number => millisecondsIn(rfc3339.exec(text));

/** Returns the milliseconds for the variants too. A time without an offset is UTC. */
export const iso8601Ms = (text: string): number => millisecondsIn(iso8601.exec(text));

function millisecondsIn(match: RegExpExecArray | null): number {
  const [, date = '', minute, second = '00', fraction = '', offset = '+00', offsetMinutes = '00'] =
    match ?? [];
  if (!isCalendarDate(date)) {
    return Number.NaN;
  }
  const digits = fraction.slice(0, 3).padEnd(3, '0');
  const msAt = (wholeSecond: string): number =>
    Date.parse(`${date}T${minute}:${wholeSecond}.${digits}${offset}:${offsetMinutes}`);
  return second === '60' ? leapSecond(msAt('59') + 1_000) : msAt(second);
}

let latestDate = { text: '', isValid: false };

/** Caches the last result: most times of a batch have the same date. */
function isCalendarDate(text: string): boolean {
  if (text !== latestDate.text) {
    // Date parses the 30th of February as the 2nd of March.
    latestDate = { text, isValid: new Date(text).getUTCDate() === Number(text.slice(8)) };
  }
  return latestDate.isValid;
}

/** A leap second ends a month in UTC. It counts as the first second of the next month, as in POSIX. */
function leapSecond(ms: number): number {
  const time = new Date(ms);
  const isFirstSecond = time.getUTCDate() === 1 && ms % 86_400_000 < 1_000;
  return isFirstSecond ? ms : Number.NaN;
}

let latest = { ms: Number.NaN, text: '' };

/**
 * Returns milliseconds since the epoch as an ISO 8601 time in UTC. Caches the last result: most times of a batch
 * are equal, and formatting one costs as much as parsing an order.
 */
export function isoTime(ms: number): string {
  if (ms !== latest.ms) {
    latest = { ms, text: new Date(ms).toISOString() };
  }
  return latest.text;
}
