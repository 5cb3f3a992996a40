import { expect, test } from '@jest/globals';
import { parseStartOptions } from '../../local/start-options.ts';

test.each([
  [undefined, undefined],
  ['0', 0],
  ['5', 5],
  ['300', 300],
])('--window %j is a window of %j seconds', (window, windowSeconds) => {
  expect(parseStartOptions({ window })).toEqual({ windowSeconds });
});

test.each(['', '-1', '0.5', '1e2', '301', '1000', '500ms'])('--window %j is rejected', (window) => {
  expect(() => parseStartOptions({ window })).toThrow(
    new Error('--window must be a whole number of seconds, 0 to 300. See --help.'),
  );
});
