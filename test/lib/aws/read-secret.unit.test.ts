import { afterEach, expect, jest, test } from '@jest/globals';
import { passwordSecret, readSecret } from '../../../lib/aws/read-secret.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  ['eu-west-1', 'https://secretsmanager.eu-west-1.amazonaws.com'],
  ['us-gov-west-1', 'https://secretsmanager.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'https://secretsmanager.cn-north-1.amazonaws.com.cn'],
])('in %s the endpoint of Secrets Manager is %s', async (region, origin) => {
  const asked: string[] = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (request) => {
    asked.push(new Request(request).url);
    return Response.json({ SecretString: '{"password":"first"}' });
  });

  const password = await readSecret('arn', passwordSecret, {
    region,
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
  });

  expect(password).toBe('first');
  expect(asked.map((url) => new URL(url).origin)).toEqual([origin]);
});
