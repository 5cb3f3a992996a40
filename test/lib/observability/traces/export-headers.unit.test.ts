import { createHash, createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { exportHeaders } from '../../../../lib/observability/traces/export-spans.ts';

const credentials = async () => ({
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'token/of=the+role',
});
const body = '{"resourceSpans":[],"text":"Zoë"}';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
async function expectedAuthorization(
  { hostname, pathname }: URL,
  region: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
  const time = headers['x-amz-date'] ?? '';
  const date = time.slice(0, 8);
  const names = 'host;x-amz-date;x-amz-security-token';
  const canonical = [
    'POST',
    pathname,
    '',
    `host:${hostname}`,
    `x-amz-date:${time}`,
    `x-amz-security-token:${sessionToken}`,
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/xray/aws4_request`;
  const key = [region, 'xray', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, date));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

test.each([
  ['https://xray.eu-west-1.amazonaws.com/v1/traces', 'eu-west-1'],
  ['https://xray.cn-north-1.amazonaws.com.cn/v1/traces', 'cn-north-1'],
])('a request to %s is signed for the region %s', async (url, region) => {
  const headers = await exportHeaders(url, body, credentials);

  expect(headers).toEqual({
    'content-type': 'application/json',
    'x-amz-date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
    'x-amz-security-token': 'token/of=the+role',
    authorization: await expectedAuthorization(new URL(url), region, headers),
  });
});

test.each([
  'https://collector.example/v1/traces',
  'https://xray.eu-west-1.amazonaws.com.example/v1/traces',
  'https://logs.eu-west-1.amazonaws.com/v1/traces',
  'http://127.0.0.1:4318/v1/traces',
])('a request to %s is not signed, and needs no credentials', async (url) => {
  const none = () => Promise.reject(new Error('there are no credentials'));

  expect(await exportHeaders(url, body, none)).toEqual({ 'content-type': 'application/json' });
});
