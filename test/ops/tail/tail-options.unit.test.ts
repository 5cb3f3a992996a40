import { describe, expect, test } from '@jest/globals';
import { readTailOptions } from '../../../ops/tail/tail-options.ts';

const NOW = Date.parse('2026-11-01T10:00:00Z');

const read = (options: Record<string, string>, args = ['orders'], flags: string[] = []) =>
  readTailOptions(args, options, new Set(flags), NOW);

describe('readTailOptions', () => {
  test('a topic without options shows all new messages, for people', () => {
    expect(read({})).toEqual({
      topic: 'orders',
      startFrom: 'latest',
      key: undefined,
      max: Number.POSITIVE_INFINITY,
      json: false,
    });
  });

  test('key, limit and JSON are accepted', () => {
    expect(read({ key: 'order-1', max: '20' }, ['orders'], ['json'])).toMatchObject({
      key: 'order-1',
      max: 20,
      json: true,
    });
  });

  test.each([
    ['earliest', 'earliest'],
    ['latest', 'latest'],
    ['2026-11-01T09:30:00Z', NOW - 30 * 60_000],
    ['2026-11-01T09:30+01:00', NOW - 90 * 60_000],
    ['90s', NOW - 90_000],
    ['15m', NOW - 15 * 60_000],
    ['2h', NOW - 2 * 3_600_000],
    ['3d', NOW - 3 * 86_400_000],
    ['999999d', 0],
  ])('--from %s', (from, startFrom) => {
    expect(read({ from }).startFrom).toBe(startFrom);
  });

  test.each([
    '',
    'never',
    'Earliest',
    '2026-11-01',
    '2026-11-01T09:30',
    '2026-13-01T09:30Z',
    '-5m',
    '5w',
    '1.5h',
  ])('--from %j is rejected with the valid values', (from) => {
    expect(() => read({ from })).toThrow(/^--from is earliest, latest, a time like .* not "/);
  });

  test.each(['0', '-1', '1.5', 'ten', ''])('--max %j is rejected', (max) => {
    expect(() => read({ max })).toThrow('--max is a whole number above 0');
  });

  test('--from with a time in the future is rejected with a hint to --from latest', () => {
    expect(read({ from: '2026-11-01T10:00:00Z' }).startFrom).toBe(NOW);
    expect(() => read({ from: '2026-11-01T10:00:00.001Z' })).toThrow(
      '--from 2026-11-01T10:00:00.001Z is in the future; use --from latest for new messages.',
    );
  });

  test.each([[[]], [['']], [['orders', 'payments']]])(
    'no topic, an empty one, or several are rejected',
    (args) => {
      expect(() => read({}, args)).toThrow('Give one topic');
    },
  );
});
