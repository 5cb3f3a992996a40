import { describe, expect, test } from '@jest/globals';
import { type ForbiddenKind, forbiddenValue, leakFinder } from './find-leaks.ts';

const finderOf = (kind: ForbiddenKind, ...values: readonly string[]): ReturnType<typeof leakFinder> =>
  leakFinder(values.flatMap((value) => forbiddenValue(kind, value) ?? []));

/** Returns the report of the finder for a line. Default: no registered values. */
const leakIn = (line: string, findLeak = leakFinder([])): string | undefined => findLeak(line)?.what;

const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ0ZXN0ZXIifQ.c2lnbmF0dXJl';
const order = JSON.stringify({ customer_id: 'c-1', product_id: 'p-1', quantity: 2, price: 9.99 });
const inJson = (value: unknown): string =>
  JSON.stringify({ level: 'ERROR', message: 'failed', error: value });

function parserMessage(text: string): string {
  try {
    return JSON.parse(text);
  } catch (error) {
    return String(error);
  }
}

describe('a form that only a secret or a body has', () => {
  test.each([
    ['a field of a body', `12:00:00.000 ERROR failed body=${order}`],
    ['a field of a body', inJson({ value: order })],
    ['a field of a body', inJson({ detail: JSON.stringify({ value: order }) })],
    ['a field of a body', `12:00:00.000 INFO  created product_id=p-1`],
    ['a field of a body', `  product_id: 'p-1',`],
    ['a field of a body', `${Buffer.from(order)}`],
    ['a JSON text quoted by its parser', inJson(parserMessage('customer c-1'))],
    ['a JSON text quoted by its parser', inJson(parserMessage('{"customer_id":c-1, "note":"long enough"}'))],
    ['a row quoted by PostgreSQL', inJson({ detail: 'Failing row contains (o-1, c-1, p-1, 2).' })],
    ['a token, or a body in base64', `failed token=${jwt}`],
    ['a token, or a body in base64', inJson({ value: Buffer.from(order).toString('base64') })],
    ['a bearer token', 'failed authorization=Bearer t0ken-of-another-form'],
    ['basic credentials', 'failed authorization=Basic dXNlcjpodW50ZXIy'],
    ['a signing secret', 'failed secret=whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw=='],
    ['a presigned request', 'GET https://kafka.example/?Action=kafka-cluster&X-Amz-Signature=0123'],
    [
      'a presigned request in base64',
      `failed ${Buffer.from('https://kafka.eu-west-1.amazonaws.com').toString('base64url')}`,
    ],
    ['a signature of AWS', `AWS4-HMAC-SHA256 SignedHeaders=host, Signature=${'0123456789abcdef'.repeat(4)}`],
    ['an access key of AWS', 'failed key=AKIAIOSFODNN7EXAMPLE'],
    ['a password', inJson({ user: 'app', password: 'hunter2' })],
    ['a password', 'connecting with password=hunter2'],
    ['a password in a URL', 'connecting to postgresql://app:hunter2@db.example:5432/orders'],
    ['an Idempotency-Key', 'POST /api/orders idempotency-key=a-key'],
    ['an Idempotency-Key', inJson({ headers: { 'Idempotency-Key': 'a-key' } })],
    ['a private key', '-----BEGIN EC PRIVATE KEY-----'],
  ])('is %s in %s', (what, line) => {
    expect(leakIn(line)).toBe(what);
  });

  test.each([
    '12:00:00.000 INFO  POST /api/orders 202 request_id=r-1 order_id=o-1 subject=tester customer_id=c-1 ms=3',
    inJson({ name: 'OrderlyError', message: 'the database rejected it', code: 'database_refused' }),
    'dead letter reason=quantity: must be an integer; price: is missing; customer_id: must be text',
    'DATABASE_URL must be postgresql://user:password@host:port/database',
    '  PostgreSQL  postgresql://postgres:***@127.0.0.1:5432/orderly',
    'PostgreSQL rejected the login: password authentication failed for user "app"',
    'Bearer error="insufficient_scope", scope="orders:write"',
    'The Idempotency-Key could not be stored; the ids derive from it',
    'registered https://registry.example:8081/subjects/orders-value/versions',
    'the value is not JSON',
  ])('is not in %s', (line) => {
    expect(leakIn(line)).toBeUndefined();
  });
});

describe('a registered value', () => {
  test.each([
    ['Idempotency-Key', 'order 4711 of my shop'],
    ['password', 'correct-horse'],
    ['secret', 'registry-user:registry-password'],
    ['token', 'opaque.token/of+another~form'],
    ['body', '["an", "array"]'],
    ['body', 'text that is "no" JSON'],
  ] as const)('of kind %s is found in text and in JSON: %s', (kind, value) => {
    const findLeak = finderOf(kind, 'another value', value);

    expect(leakIn(`POST /api/orders 202 detail=${value}.`, findLeak)).toBe(`a registered ${kind}`);
    expect(leakIn(inJson({ cause: { detail: value } }), findLeak)).toBe(`a registered ${kind}`);
    expect(leakIn(inJson({ detail: JSON.stringify({ value }) }), findLeak)).toBe(`a registered ${kind}`);
    expect(leakIn(`POST /api/orders 202 detail=${value.slice(1)}`, findLeak)).toBeUndefined();
  });

  test('is found by its first 32 characters, because a log line may be cut', () => {
    const body = `a body that is much longer ${'than a log line '.repeat(40)}`;

    expect(leakIn(`failed detail=${body.slice(0, 40)}…`, finderOf('body', body))).toBe('a registered body');
  });

  test('is found by its first line, because line breaks do not reach the log unchanged', () => {
    expect(leakIn('failed a first line', finderOf('body', 'a first line\r\na second line'))).toBe(
      'a registered body',
    );
  });

  test('is ignored below 8 characters, because it may be in a line by chance', () => {
    expect(forbiddenValue('Idempotency-Key', 'order-1')).toBeUndefined();
  });

  test('is reported with its position', () => {
    expect(finderOf('secret', 'registry-user')('at registry-user')).toMatchObject({
      index: 3,
      text: 'registry-user',
    });
  });
});

test('100,000 lines are compared with 10,000 values in a few seconds', () => {
  const findLeak = finderOf(
    'Idempotency-Key',
    ...Array.from({ length: 10_000 }, (_, index) => `request-${index}`),
  );
  const line = `${'12:00:00.000 INFO  POST /api/orders 202 request_id=r-1 order_id=request '.repeat(3)}`;
  const startedAt = performance.now();

  for (let count = 0; count < 100_000; count += 1) {
    findLeak(line);
  }

  expect(performance.now() - startedAt).toBeLessThan(20_000);
});
