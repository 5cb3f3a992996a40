import { describe, expect, test } from '@jest/globals';
import { readResponse } from '../../../lib/fulfilment/webhook-response.ts';

describe('readResponse', () => {
  test.each([200, 201, 202, 204, 299])('%d fulfils the order, with any body', (status) => {
    expect(readResponse(status, '{"reason":"no"}')).toEqual({ kind: 'fulfilled' });
  });

  test.each([
    ['reason', '{"reason":"out of stock","detail":"d","title":"t"}', 'out of stock'],
    [
      'the detail of a problem',
      '{"type":"about:blank","title":"t","detail":"not in your country"}',
      'not in your country',
    ],
    ['the title of a problem', '{"title":"Out of stock","status":409}', 'Out of stock'],
    ['another field where one is blank', '{"reason":"  ","title":"Out of stock"}', 'Out of stock'],
    [
      'another field where one is no text',
      '{"reason":7,"detail":null,"title":"Out of stock"}',
      'Out of stock',
    ],
  ])('409 and 422 reject the order with the %s', (_field, body, reason) => {
    expect(readResponse(409, body)).toEqual({ kind: 'rejected', reason });
    expect(readResponse(422, body)).toEqual({ kind: 'rejected', reason });
  });

  test.each(['', 'out of stock', '[]', '"out of stock"', 'null', '{}', '{"reason":['])(
    'a rejection without a reason, with the body %j, gets a default reason',
    (body) => {
      expect(readResponse(422, body)).toEqual({
        kind: 'rejected',
        reason: 'rejected by the fulfilment with status 422',
      });
    },
  );

  test('a reason is cut to 500 characters, and characters that mislead or cannot be stored are replaced', () => {
    const long = readResponse(409, JSON.stringify({ reason: 'x'.repeat(10_000) }));
    const dirty = readResponse(409, JSON.stringify({ reason: 'a\u0000b\nc\u202Ed\uD800e' }));

    expect(long).toEqual({ kind: 'rejected', reason: `${'x'.repeat(499)}…` });
    expect(dirty).toEqual({ kind: 'rejected', reason: 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe' });
  });

  test.each([
    100, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 408, 410, 425, 429, 500, 502, 503, 504, 599,
  ])('%d is retryable: the order is called for again', (status) => {
    expect(readResponse(status, '{"reason":"no"}')).toEqual({
      kind: 'retryable',
      reason: `the receiver responded with status ${status}`,
    });
  });
});
