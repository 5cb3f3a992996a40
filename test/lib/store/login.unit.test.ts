import { Signer } from '@aws-sdk/rds-signer';
import { expect, jest, test } from '@jest/globals';
import { rdsIam } from '../../../lib/store/login.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE+/=',
};
const NOW = Date.parse('2026-11-24T12:00:00Z');

test.each([
  'postgresql://orderly_app@orders.proxy-abc.eu-west-1.rds.amazonaws.com:6432/orderly',
  'postgresql://orderly_app@db/orderly',
])("the password for %s is AWS' own signer's for the same moment", async (url) => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
  const { hostname, port } = new URL(url);
  const theirs = await new Signer({
    hostname,
    port: Number(port || 5432),
    username: 'orderly_app',
    region: 'eu-west-1',
    credentials,
  }).getAuthToken();
  jest.useRealTimers();

  const ours = await rdsIam(url, {
    region: 'eu-west-1',
    credentials: async () => credentials,
    clock: () => NOW,
  }).password();

  expect(sorted(ours)).toBe(sorted(theirs));
});

/** The order of a query's parts has no meaning. */
function sorted(token: string): string {
  const url = new URL(`https://${token}`);
  url.searchParams.sort();
  return url.href;
}
