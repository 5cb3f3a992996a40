import { expect, jest, test } from '@jest/globals';
import { type AwsCredentials, currentCredentials } from '../../../lib/aws/aws-credentials.ts';

const given: AwsCredentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

test('the credentials of a provider are returned unchanged, and no timer remains', async () => {
  jest.useFakeTimers();

  await expect(currentCredentials(async () => given)).resolves.toBe(given);

  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

test.each([
  ['nothing', undefined],
  ['an empty object', {}],
  ['no secret', { accessKeyId: 'AKIDEXAMPLE' }],
  ['empty texts', { accessKeyId: '', secretAccessKey: '' }],
])('a provider that returns %s is an error', async (_, empty) => {
  await expect(currentCredentials(async () => empty as AwsCredentials)).rejects.toMatchObject({
    code: 'aws_credentials_missing',
  });
});

test('a provider that throws or rejects is an error with that cause', async () => {
  const cause = new Error('no profile');
  const atOnce = (): never => {
    throw cause;
  };

  for (const provider of [atOnce, async () => atOnce()]) {
    await expect(currentCredentials(provider)).rejects.toMatchObject({
      code: 'aws_credentials_missing',
      cause,
    });
  }
});

test('a provider that does not respond within a second is an error, and no timer remains', async () => {
  jest.useFakeTimers();
  const outcome = expect(currentCredentials(() => new Promise(() => undefined))).rejects.toMatchObject({
    code: 'aws_credentials_missing',
  });

  await jest.advanceTimersByTimeAsync(1_000);

  await outcome;
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});
