import { describe, expect, test } from '@jest/globals';
import { readDeadLettersCommand } from '../../../ops/dead-letters/dead-letters-options.ts';

const NOW = Date.parse('2026-11-01T10:00:00Z');

const read = (line: string, flags: string[] = []) => {
  const [args = '', ...options] = line.split(' --');
  const given = Object.fromEntries(options.map((option) => option.split(' ')));
  return readDeadLettersCommand(args.split(' '), given, new Set(flags), NOW);
};

describe('the command line of npm run dead-letters', () => {
  test('list without options shows the 20 newest open letters', () => {
    expect(read('list')).toEqual({
      name: 'list',
      filter: { state: 'open' },
      limit: 20,
      json: false,
    });
  });

  test('list accepts state, filter, limit and JSON', () => {
    expect(
      read('list --state all --code order_unknown --key a --topic orders --since 2h --until 15m --limit 5', [
        'json',
      ]),
    ).toEqual({
      name: 'list',
      filter: {
        state: undefined,
        code: 'order_unknown',
        key: Buffer.from('a'),
        topic: 'orders',
        since: NOW - 2 * 3_600_000,
        until: NOW - 15 * 60_000,
      },
      limit: 5,
      json: true,
    });
  });

  test('a repeated id counts once', () => {
    expect(read('redrive 17 18 17')).toEqual({ name: 'redrive', choice: { ids: ['17', '18'] } });
  });

  test.each([
    ['discard 17', [], true],
    ['discard --code not_json', ['yes'], true],
    ['discard --code not_json', [], false],
    ['discard', ['all'], false],
  ])('%s %s skips the question: %s', (line, flags, skipQuestion) => {
    expect(read(line, flags)).toMatchObject({ name: 'discard', skipQuestion });
  });

  test.each<[string, string[], RegExp]>([
    ['', [], /^Use list, show, redrive or discard/],
    ['remove 17', [], /^Use list, show, redrive or discard/],
    ['list 17', [], /^"list" takes no ids: .* show 17\.$/],
    ['list', ['yes'], /^"list" has no --yes/],
    ['list --reason mine', [], /^"list" has no --reason/],
    ['list --state closed', [], /^--state is open .*; not "closed"\.$/],
    ['list --code 17', [], /^--code is one of undecodable, .*; not "17"\.$/],
    ['list --since yesterday', [], /^--since is a time like .*; not "yesterday"\.$/],
    ['list --limit 0', [], /^--limit is a whole number .*, not "0"\.$/],
    ['show', [], /^Give one id/],
    ['show 17 18', [], /^Give one id/],
    ['show order-1', [], /^"order-1" is not the id of a dead letter/],
    ['show 99999999999999999999', [], /is not the id of a dead letter/],
    ['redrive', [], /^Select the letters to redrive/],
    ['redrive 17', ['all'], /^Select the letters to redrive/],
    ['redrive 17 --code not_json', [], /^Select the letters to redrive/],
    ['discard --code not_json', ['all'], /^Select the letters to discard/],
  ])('"%s" %s is rejected with the valid values', (line, flags, message) => {
    expect(() => read(line, flags)).toThrow(expect.objectContaining({ code: 'local_stack' }));
    expect(() => read(line, flags)).toThrow(message);
  });
});
