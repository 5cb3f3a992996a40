import { expect, test } from '@jest/globals';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { mskIam, mskToken } from '../../../lib/kafka/msk-iam.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: "IQoJb3JpZ2luX2VjE+/= *~!'()",
};
/** The parts of a query as written; their order has no meaning. */
const partsOf = ({ origin, pathname, search }: URL): readonly string[] => [
  origin + pathname,
  ...search
    .slice(1)
    .split('&')
    .map((part) => part.replace(/^(User-Agent=).+/, '$1'))
    .sort(),
];
const urlOf = (token: string): URL => new URL(Buffer.from(token, 'base64url').toString());

test("a token equals the one of AWS' own signer for the same moment, except for the user agent", async () => {
  const { token: theirs } = await generateAuthTokenFromCredentialsProvider({
    region: 'eu-west-1',
    awsCredentialsProvider: async () => credentials,
  });
  const expected = urlOf(theirs);
  const signedAt = (expected.searchParams.get('X-Amz-Date') ?? '').replace(
    /^(....)(..)(..T..)(..)(..)Z$/,
    '$1-$2-$3:$4:$5Z',
  );

  const ours = urlOf(
    await mskToken({
      region: 'eu-west-1',
      credentials: async () => credentials,
      clock: () => Date.parse(signedAt),
    }),
  );

  expect(partsOf(ours)).toEqual(partsOf(expected));
});

test('a token is shared for five minutes; then, or after a rejection, a new one is created', async () => {
  let now = Date.parse('2026-11-24T12:00:00Z');
  let asked = 0;
  const { bearer } = mskIam({
    region: 'eu-west-1',
    clock: () => now,
    credentials: async () => {
      asked += 1;
      return credentials;
    },
  });

  const together = await Promise.all([bearer?.token(), bearer?.token()]);
  now += 4 * 60_000;
  const later = await bearer?.token();
  now += 61_000;
  const renewed = await bearer?.token();
  bearer?.rejected(renewed ?? '');
  await bearer?.token();

  expect([together[1], later]).toEqual([together[0], together[0]]);
  expect(renewed).not.toBe(together[0]);
  expect(asked).toBe(3);
});

test('a failed token request is not cached', async () => {
  let gives = false;
  const { bearer } = mskIam({
    region: 'eu-west-1',
    clock: () => 0,
    credentials: async () => {
      if (!gives) {
        throw new Error('none');
      }
      return credentials;
    },
  });

  await expect(bearer?.token()).rejects.toMatchObject({ code: 'aws_credentials_missing' });
  gives = true;

  await expect(bearer?.token()).resolves.toEqual(expect.any(String));
});
