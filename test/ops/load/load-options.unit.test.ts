import { expect, test } from '@jest/globals';
import { readLoadOptions } from '../../../ops/load/load-options.ts';

test('omitted options have the defaults of the help', () => {
  expect(readLoadOptions({})).toEqual({
    rate: 500,
    seconds: 60,
    ordersPerRequest: 1,
    bulk: false,
    connections: 50,
  });
});

test.each([
  [{ rate: 'abc' }, '--rate must be a whole number. See --help.'],
  [{ seconds: '1.5' }, '--seconds must be a whole number. See --help.'],
  [{ rate: '99999999', seconds: '3600' }, '--rate must be at most 100000. See --help.'],
  [{ rate: '0', bulk: '1001' }, '--rate must be at least 1; --bulk must be at most 1000. See --help.'],
  [{ rate: '1000', seconds: '1001' }, '--rate times --seconds must be at most 1000000 orders. See --help.'],
])('%j is rejected with its problems only', (given, expected) => {
  expect(() => readLoadOptions(given)).toThrow(new Error(expected));
});
