import { expect, test } from '@jest/globals';
import { readTokenOptions } from '../../ops/token-options.ts';

test('a token without options is valid for every scope, every customer and one hour', () => {
  expect(readTokenOptions({})).toEqual({
    subject: 'local',
    scope: 'orders:read orders:write orders:admin',
    customerId: undefined,
    minutes: 60,
  });
});

test('given options are accepted', () => {
  const given = { subject: 'me', scope: 'orders:read', customer: 'c-1', minutes: '0' };

  expect(readTokenOptions(given)).toEqual({
    subject: 'me',
    scope: 'orders:read',
    customerId: 'c-1',
    minutes: 0,
  });
});

test.each([
  [{ scope: 'orders:root' }, /^--scope is orders:read or orders:write or orders:admin, or several/],
  [{ scope: 'orders:read,orders:write' }, /^--scope is/],
  [{ scope: 'orders:read admin' }, /^--scope is/],
  [{ scope: '' }, /^--scope is/],
  [{ customer: '' }, /^--customer is/],
  [{ customer: ' c-1' }, /^--customer is/],
  [{ minutes: '-1' }, /^--minutes is/],
  [{ minutes: '1441' }, /^--minutes is/],
  [{ subject: '' }, /^--subject must not be empty/],
])('%j is rejected with the valid values', (given, message) => {
  expect(() => readTokenOptions(given)).toThrow(message);
});
