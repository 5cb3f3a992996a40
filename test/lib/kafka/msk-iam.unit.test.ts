import { expect, test } from '@jest/globals';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { mskIam, mskToken } from '../../../lib/kafka/msk-iam.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: "IQoJb3JpZ2luX2VjE+/= *~!'()",
};
/** A query as it is written; the order of its parts has no meaning. */
const partsOf = ({ origin, pathname, search }: URL): readonly string[] => [
  origin + pathname,
  ...search
    .slice(1)
    .split('&')
    .map((part) => part.replace(/^(User-Agent=).+/, '$1'))
    .sort(),
];
const urlOf = (token: string): URL => new URL(Buffer.from(token, 'base64url').toString());

test("a token is AWS' own signer's for the same moment, but for the name of the program", async () => {
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

test('a token serves all who log in within five minutes, then a new one is made; so it is after a refusal', async () => {
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
  bearer?.refused(renewed ?? '');
  await bearer?.token();

  expect([together[1], later]).toEqual([together[0], together[0]]);
  expect(renewed).not.toBe(together[0]);
  expect(asked).toBe(3);
});

test('what could not be made is not kept', async () => {
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
