import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createWebhook } from '../../lib/fulfilment/webhook.ts';
import { systemClock } from '../../lib/time/clock.ts';
import { freePort } from '../../local/process/ports.ts';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { anAttempt } from '../support/attempts.ts';
import { startExampleReceiver } from '../support/example-receiver.ts';
import { SECRET } from '../support/fulfilment-receiver.ts';
import { aStoredOrder } from '../support/stored-orders.ts';
import { until } from '../support/until.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs/fulfilment.md'), 'utf8');

const attemptFor = (orderId: string, productId: string) =>
  anAttempt({ order: aStoredOrder({ orderId, productId, quantity: 2, status: 'PROCESSING' }) });

test('the page shows the receiver word for word', () => {
  const [, shown] = /```ts\n(.*?)```/s.exec(page) ?? [];

  expect(shown).toBe(readFileSync(join(PROJECT_ROOT, 'docs/examples/fulfilment-receiver.ts'), 'utf8'));
});

test('the receiver accepts our calls, ships an order once, repeats its answer, and rejects with a reason', async () => {
  const port = await freePort();
  await using receiver = await startExampleReceiver(port, SECRET);
  using webhook = createWebhook({ url: `http://127.0.0.1:${port}/orders`, secret: SECRET }, systemClock);

  const shipped = await webhook.call(attemptFor('o-1', 'soap'), 10_000);
  const again = await webhook.call(attemptFor('o-1', 'soap'), 10_000);
  const rejected = await webhook.call(attemptFor('o-2', 'sold-out'), 10_000);

  expect([shipped, again]).toEqual([{ kind: 'fulfilled' }, { kind: 'fulfilled' }]);
  expect(rejected).toEqual({ kind: 'rejected', reason: 'This product is sold out.' });
  await until('it logs the shipment', () => receiver.lines().length > 1);
  expect(receiver.lines().slice(1)).toEqual(['shipped 2 x soap for o-1']);
});

test('the receiver rejects calls with the signature of another secret, or with an old one', async () => {
  const port = await freePort();
  await using _receiver = await startExampleReceiver(port, SECRET);
  const url = `http://127.0.0.1:${port}/orders`;
  const otherSecret = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  using forged = createWebhook({ url, secret: otherSecret }, systemClock);
  using old = createWebhook({ url, secret: SECRET }, () => systemClock() - 600_000);

  const answers = [
    await forged.call(attemptFor('o-1', 'soap'), 10_000),
    await old.call(attemptFor('o-1', 'soap'), 10_000),
  ];

  const reason = 'the receiver responded with status 401';
  expect(answers).toEqual([
    { kind: 'retryable', reason },
    { kind: 'retryable', reason },
  ]);
});
