import { expect, test } from '@jest/globals';
import {
  authenticationFailed,
  isRateLimited,
  retryWithNewToken,
} from '../../../lib/kafka/authentication-failed.ts';
import { createKafkaClient } from '../../../lib/kafka/client.ts';
import { kafkaFailure } from '../../../lib/kafka/kafka-errors.ts';
import { kafkajs } from '../../../lib/kafka/kafkajs/patched-kafkajs.ts';

const ID = '[446c81dc-9ab3-4d4b-b174-4ecd9baa406c]: ';

test.each([
  ['Access denied', 'login_refused'],
  ['Session too short', 'credentials_expired'],
  ['The security token included in the request is expired', 'credentials_expired'],
  ['Signature not yet current: 20261124T121000Z is still later than 20261124T120500Z', 'clock_skewed'],
  ['Signature expired: 20261124T120000Z is now earlier than 20261124T120500Z', 'clock_skewed'],
])('%s is %s', (words, code) => {
  const { code: reported, message } = authenticationFailed(ID + words, 'b-1:9098');

  expect(reported).toBe(code);
  expect(message).toContain(ID + words);
});

test('a rate limit for connections is not an authentication failure', () => {
  expect(isRateLimited(`${ID}Too many connects`)).toBe(true);
  expect(isRateLimited(`${ID}Access denied`)).toBe(false);
});

test('an authentication failure is found as the cause of a kafkajs error, also after a later login succeeded', () => {
  const rejection = authenticationFailed(`${ID}Session too short`, 'b-1:9098');
  const wrapped = new kafkajs.KafkaJSNumberOfRetriesExceeded(rejection, { retryCount: 0, retryTime: 0 });
  const client = createKafkaClient({ brokers: ['b-1:9098'], clientId: 'test', requestTimeoutMs: 1 });

  expect(kafkaFailure(wrapped)).toBe('authentication_failed');
  expect(client.reasonOf(wrapped)).toBe(rejection);
});

test('work is retried once after an authentication failure, and never after another error', async () => {
  const attempts = async (error: unknown): Promise<number> => {
    let count = 0;
    const work = async (): Promise<never> => {
      count += 1;
      throw error;
    };
    await expect(retryWithNewToken(work)).rejects.toBe(error);
    return count;
  };

  expect(await attempts(authenticationFailed('Access denied', 'b-1:9098'))).toBe(2);
  expect(await attempts(new Error('lost'))).toBe(1);
});
