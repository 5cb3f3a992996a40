import { Signer } from '@aws-sdk/rds-signer';
import { expect, jest, test } from '@jest/globals';
import { rdsIam } from '../../../lib/postgres/login.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE+/=',
};
const NOW = Date.parse('2026-11-24T12:00:00Z');

test.each([
  'postgresql://orderly_app@orders.proxy-abc.eu-west-1.rds.amazonaws.com:6432/orderly',
  'postgresql://orderly_app@db/orderly',
  'postgresql://orderly%40app@db/orderly',
  'postgresql://orderly_app@db:443/orderly',
  'postgresql://an%20odd*name~@db/orderly',
])("the password for %s is AWS' own signer's for the same moment", async (url) => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
  const { hostname, port, username } = new URL(url);
  const theirs = await new Signer({
    hostname,
    port: Number(port || 5432),
    username: decodeURIComponent(username),
    region: 'eu-west-1',
    credentials,
  }).getAuthToken();
  jest.useRealTimers();

  const ours = await rdsIam(url, {
    region: 'eu-west-1',
    credentials: async () => credentials,
    clock: () => NOW,
  }).password();

  expect(sorted(ours)).toEqual(sorted(theirs));
});

test('a password is at most ten minutes old; RDS accepts it for fifteen', async () => {
  let now = NOW;
  const { password } = rdsIam('postgresql://orderly_app@db/orderly', {
    region: 'eu-west-1',
    credentials: async () => credentials,
    clock: () => now,
  });

  const first = await password();
  now += 10 * 60_000 - 1;
  const kept = await password();
  now += 1;
  const renewed = await password();

  expect(kept).toBe(first);
  expect(renewed).toContain('X-Amz-Date=20261124T121000Z');
  expect(renewed).toContain('X-Amz-Expires=900');
});

test('a password is not cached for longer than the credentials that signed it', async () => {
  let now = NOW;
  const { password } = rdsIam('postgresql://orderly_app@db/orderly', {
    region: 'eu-west-1',
    credentials: async () => ({ ...credentials, expiration: new Date(now + 60_000) }),
    clock: () => now,
  });

  const first = await password();
  now += 60_000;

  expect(await password()).not.toBe(first);
});

/** Sorts the parameters of the query, whose order has no meaning. */
function sorted(token: string): readonly string[] {
  const [place = '', query = ''] = token.split('?');
  return [place, ...query.split('&').sort()];
}
