import { expect, test } from '@jest/globals';
import { readPointInTime } from '../../cli/point-in-time.ts';

const now = Date.parse('2026-11-01T12:00:00Z');

test.each([
  ['15m', '2026-11-01T11:45:00Z'],
  ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00Z'],
  ['2026-11-01t10:00:00z', '2026-11-01T10:00:00Z'],
  ['2026-11-01T10:00+02:00', '2026-11-01T08:00:00Z'],
  ['2026-11-01 10:00:00,5+0200', '2026-11-01T08:00:00.5Z'],
])('%s is a point in time', (text, time) => {
  expect(readPointInTime(text, now)).toBe(Date.parse(time));
});

test.each([
  '2026-02-30T10:00:00Z',
  '2026-11-01T10:00:00+99:00',
  '2026-11-01T10:00:00',
  '2026-11-01',
  'yesterday',
  '',
])('%j is not a point in time', (text) => {
  expect(readPointInTime(text, now)).toBeUndefined();
});
