import { describe, expect, test } from '@jest/globals';
import { readTraceCommand } from '../../../ops/trace/trace-options.ts';

const read = (args: string[], flags: string[] = [], options: Record<string, string> = {}) =>
  readTraceCommand(args, options, new Set(flags));

describe('readTraceCommand', () => {
  test('an id shows its traces', () => {
    expect(read(['order-1'])).toEqual({
      name: 'show',
      id: 'order-1',
      attributes: false,
      all: false,
      json: false,
    });
    expect(read(['order-1'], ['attributes', 'all', 'json'])).toMatchObject({
      attributes: true,
      all: true,
      json: true,
    });
  });

  test('--slow and --failed list traces', () => {
    expect(read([], ['slow'])).toEqual({ name: 'list', slow: true, failed: false, limit: 20, json: false });
    expect(read([], ['failed', 'slow', 'json'], { limit: '1000' })).toEqual({
      name: 'list',
      slow: true,
      failed: true,
      limit: 1000,
      json: true,
    });
  });

  test.each<[string[], string[], Record<string, string>, RegExp]>([
    [[], [], {}, /^Give an order id, or --slow or --failed: .* See --help\.$/],
    [[''], [], {}, /^Give an order id/],
    [['a', 'b'], [], {}, /^Give an order id/],
    [['a'], ['slow'], {}, /^Give an order id/],
    [['a'], [], { limit: '3' }, /^--limit is for --slow and --failed only\.$/],
    [[], ['slow', 'all'], {}, /^--attributes and --all are for the traces of one order only\.$/],
    [[], ['slow', 'attributes'], {}, /^--attributes and --all/],
    [[], ['slow'], { limit: '0' }, /^--limit is a whole number from 1 to 1000, not "0"\.$/],
    [[], ['slow'], { limit: '1001' }, /^--limit is a whole number/],
    [[], ['slow'], { limit: 'x' }, /^--limit is a whole number/],
  ])('%j with %j and %j is rejected with the correct form', (args, flags, options, expected) => {
    expect(() => read(args, flags, options)).toThrow(expected);
  });
});
