import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort } from '../../../local/process/ports.ts';
import { until } from '../../support/until.ts';
import { Journal } from './journal.ts';
import { REJECTION_REASON, type Receiver, startReceiver } from './receiver.ts';
import { behaviourOf, isRejected } from './receiver-behaviour.ts';

const SEED = 3;
const SECRET = `whsec_${Buffer.from('a secret of the tests').toString('base64')}`;
const EVEN = { failRate: 0.05, hangRate: 0.01 };

let directory: string;
let journal: Journal;
let receiver: Receiver;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'receiver-'));
  journal = new Journal(join(directory, 'journal.jsonl'));
  receiver = await startReceiver({ journal, seed: SEED, port: await freePort(), secret: SECRET });
});
afterEach(async () => {
  await receiver.close();
  await journal[Symbol.asyncDispose](); // it may still open its file
  rmSync(directory, { recursive: true });
});

/** Returns the first order id with this behaviour on its first call. */
function orderFor(isMeant: (orderId: string) => boolean): string {
  const ids = Array.from({ length: 10_000 }, (_, index) => `order-${index}`);
  const found = ids.find(isMeant);
  if (found === undefined) {
    throw new Error('No order has this behaviour.');
  }
  return found;
}

const behaves = (behaviour: string) => (id: string) => behaviourOf(SEED, id, 1, EVEN) === behaviour;
const accepted = orderFor((id) => behaves('answer')(id) && !isRejected(SEED, id));

async function call(
  orderId: string,
  {
    quantity = 1,
    secret = SECRET,
    key = orderId,
    signal,
  }: { quantity?: number; secret?: string; key?: string; signal?: AbortSignal } = {},
): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify({
    order_id: orderId,
    customer_id: 'customer-1',
    product_id: 'product-1',
    quantity,
    price: 10,
    created_at: '2026-11-01T10:00:00.000Z',
  });
  const timestamp = `${Math.floor(Date.now() / 1_000)}`;
  const signature = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`${orderId}.${timestamp}.${body}`)
    .digest('base64');
  const response = await fetch(receiver.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': key,
      'webhook-id': orderId,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    ...(signal && { signal }),
  });
  return { status: response.status, body: await response.json() };
}

test('a signed call is answered, and recorded with its start, end and effect', async () => {
  const { status } = await call(accepted);

  await until('the call has ended', () => journal.calls[0]?.endedAt !== null);
  expect(status).toBe(200);
  expect(journal.calls).toMatchObject([
    {
      orderId: accepted,
      idempotencyKey: accepted,
      isSigned: true,
      answer: 200,
      effect: { status: 200, content: '["customer-1","product-1",1,10,"2026-11-01T10:00:00.000Z"]' },
    },
  ]);
});

test('a call signed with another secret is rejected and recorded as not signed', async () => {
  const { status } = await call(accepted, { secret: `whsec_${Buffer.from('another').toString('base64')}` });

  expect(status).toBe(401);
  expect(journal.calls).toMatchObject([{ isSigned: false, effect: null }]);
});

test('some orders are rejected with a reason', async () => {
  const rejected = orderFor((id) => behaves('answer')(id) && isRejected(SEED, id));

  const answer = await call(rejected);

  expect(answer).toEqual({ status: 422, body: { reason: REJECTION_REASON } });
});

test('other content under the same key gets the old answer, and is in the journal as another effect', async () => {
  const twice = orderFor(
    (id) => !isRejected(SEED, id) && [1, 2].every((n) => behaviourOf(SEED, id, n, EVEN) === 'answer'),
  );

  await call(twice);
  const { status } = await call(twice, { quantity: 2 });

  expect(status).toBe(200);
  expect(new Set(journal.calls.map(({ effect }) => effect?.content)).size).toBe(2);
});

test('a call that fails has no effect', async () => {
  const { status } = await call(orderFor(behaves('fail')));

  expect(status).toBe(500);
  expect(journal.calls).toMatchObject([{ answer: 500, effect: null }]);
});

test('a hanging call has no effect, and ends when its caller closes the connection', async () => {
  const caller = new AbortController();
  const calling = call(orderFor(behaves('hang')), { signal: caller.signal });
  const rejected = expect(calling).rejects.toThrow();
  await until('the call has arrived', () => journal.calls.length === 1);

  caller.abort();

  await rejected;
  await until('the call has ended', () => journal.calls[0]?.endedAt !== null);
  expect(journal.calls).toMatchObject([{ answer: 'hung', effect: null }]);
});

test('a call that is cut off has an effect without an answer to its caller', async () => {
  const calling = call(orderFor(behaves('cut')));

  await expect(calling).rejects.toThrow();
  expect(journal.calls).toMatchObject([{ answer: 'cut', effect: { content: expect.any(String) } }]);
});

test('its rates can be changed while it runs', async () => {
  receiver.setBehaviour({ failRate: 1 });

  const { status } = await call(accepted);

  expect(status).toBe(500);
});

test('the file of the journal has every call, including an open one', async () => {
  await call(accepted);
  const hanging = call(orderFor(behaves('hang'))).catch(() => undefined);
  await until('both calls have arrived', () => journal.calls.length === 2);

  await journal[Symbol.asyncDispose]();

  const lines = readFileSync(join(directory, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).call.answer)).toEqual([200, 'hung']);
  await receiver.close();
  await hanging;
});
