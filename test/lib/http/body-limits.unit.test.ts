import { beforeAll, describe, expect, test } from '@jest/globals';
import { handler as notFound, routes } from '../../../functions/http/not-found.ts';
import type { HttpHandler } from '../../../lib/http/http-function.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

beforeAll(() => {
  process.env.STAGE = 'local';
  process.env.KAFKA_BROKERS = '127.0.0.1:1';
  process.env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
});

const MB = 1_024 * 1_024;

const everyRoute: [string, string, HttpHandler, number][] = [
  ...routes.flatMap(({ method, path, handler }): [string, string, HttpHandler, number][] => {
    const maxBytes = path.endsWith('/bulk') ? 2 * MB : 32_768;
    return [
      [method, path, handler, maxBytes],
      [method, `${path.replace(/\/$/, '')}/`, notFound, maxBytes],
    ];
  }),
  ['GET', '/nowhere', notFound, 32_768],
  ['POST', '/nowhere', notFound, 32_768],
  ['DELETE', '/api/orders', notFound, 32_768],
  ['PUT', '/api/orders/o-1/', notFound, 32_768],
];

async function answerTo(
  [method, path, handler]: (typeof everyRoute)[number],
  body: string,
  isBase64Encoded = false,
): Promise<{ statusCode: number | undefined; body: unknown }> {
  const event = httpEvent(method, path.replace('{order_id}', 'o-1'), body);
  const sent = { ...event, isBase64Encoded, pathParameters: { order_id: 'o-1' } };
  const answer = await handler(sent, lambdaContext);
  return { statusCode: answer.statusCode, body: JSON.parse(answer.body ?? '') };
}

const base64 = (bytes: number): string => Buffer.alloc(bytes, 'x').toString('base64');

describe.each(everyRoute)('%s %s', (...route) => {
  const maxBytes = route[3];
  const tooLarge = { statusCode: 413, body: { code: 'payload_too_large', max_bytes: maxBytes } };

  test.each([
    ['3 MB of spaces', ' '.repeat(3 * MB)],
    ['3 MB that are no JSON', 'x'.repeat(3 * MB)],
    ['one byte too many', ' '.repeat(maxBytes + 1)],
    ['fewer characters than bytes', 'é'.repeat(maxBytes / 2 + 1)],
  ])('rejects a body of %s', async (_what, body) => {
    expect(await answerTo(route, body)).toMatchObject(tooLarge);
  });

  test('rejects a base64 body that is too large after decoding', async () => {
    expect(await answerTo(route, base64(maxBytes + 1), true)).toMatchObject(tooLarge);
  });
});

test.each(everyRoute.filter(([method]) => method !== 'GET'))(
  '%s %s validates the content of a body that is exactly at its limit',
  async (...route) => {
    const maxBytes = route[3];
    const answers = [
      await answerTo(route, 'x'.repeat(maxBytes)),
      await answerTo(route, base64(maxBytes), true),
    ];

    for (const { statusCode } of answers) {
      expect([400, 404, 405]).toContain(statusCode);
    }
  },
);
