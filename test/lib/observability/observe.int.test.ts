import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type EmbeddedMetric, embeddedMetrics } from '../../support/embedded-metrics.ts';
import { httpEvent } from '../../support/http-event.ts';
import { invokeOnce } from '../../support/invoke-once.ts';
import { testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';
import { anOrderJson, aRecord, mskEvent } from '../../support/records.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await ensureOrdersTopic();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Returns the log of one invocation on a stage of AWS: its messages, and the metrics of each line. */
async function logOf(
  handlerFile: string,
  event: unknown,
  environment: Record<string, string> = {},
): Promise<{ messages: unknown[]; metrics: EmbeddedMetric[][] }> {
  const { lines } = await invokeOnce(handlerFile, event, {
    STAGE: 'prod',
    AUTH: 'none',
    KAFKA_BROKERS: testBrokers().join(','),
    DATABASE_URL: db.url,
    ...environment,
  });
  const parsed = lines.map((line): Record<string, unknown> => JSON.parse(line));
  return { messages: parsed.map(({ message }) => message), metrics: parsed.map(embeddedMetrics) };
}

const order = JSON.stringify({ customer_id: 'c-1', product_id: 'p-1', quantity: 1, price: 1 });
const request = { ...httpEvent('POST', '/api/orders', order), routeKey: 'POST /api/orders' };
const stage = { Stage: 'prod' };

describe('the metrics of an invocation', () => {
  test('of a request are in its log line, together with those of the commands that it produced', async () => {
    const { messages, metrics } = await logOf('functions/http/create-order.ts', request);

    expect(messages).toEqual(['POST /api/orders 202']);
    expect(metrics).toEqual([
      [
        { name: 'AcceptedOrders', unit: 'Count', dimensions: [stage], values: [1] },
        {
          name: 'RequestDuration',
          unit: 'Milliseconds',
          dimensions: [
            { ...stage, Route: 'POST /api/orders' },
            { ...stage, Route: 'POST /api/orders', StatusClass: '2xx' },
          ],
          values: [expect.any(Number)],
        },
      ],
    ]);
  });

  test('of a request without a route do not depend on its path, because callers choose it', async () => {
    const { metrics } = await logOf('functions/http/not-found.ts', httpEvent('GET', '/no/such/route'));

    expect(metrics[0]?.[0]?.dimensions[0]).toEqual({ ...stage, Route: 'other' });
  });

  test('of a request with a trailing slash are those of its route', async () => {
    const { metrics } = await logOf('functions/http/not-found.ts', httpEvent('GET', '/api/orders/o-1/'));

    expect(metrics[0]?.[0]?.dimensions).toEqual([
      { ...stage, Route: 'GET /api/orders/{order_id}' },
      { ...stage, Route: 'GET /api/orders/{order_id}', StatusClass: '4xx' },
    ]);
  });

  test('of a batch are in its log line: its records, the changed orders, their time to COMPLETED and the dead letters', async () => {
    const acceptedAt = Date.now() - 4_000;
    const records = [
      aRecord({ offset: 1, timestamp: acceptedAt, value: anOrderJson({ order_id: randomUUID() }) }),
      aRecord({ offset: 2, timestamp: acceptedAt, value: anOrderJson({ order_id: randomUUID() }) }),
      aRecord({ offset: 3, value: null }),
    ];

    const { messages, metrics } = await logOf('functions/kafka/process-orders.ts', mskEvent(records));

    const line = metrics[messages.indexOf('process-orders committed')] ?? [];
    const valuesOf = (name: string) => line.find((metric) => metric.name === name)?.values;
    expect(valuesOf('BatchRecords')).toEqual([3]);
    expect(valuesOf('ChangedOrders')).toEqual([2]);
    expect(valuesOf('OpenedDeadLetters')).toEqual([1]);
    expect(line.find(({ name }) => name === 'ChangedOrders')?.dimensions).toEqual([
      { ...stage, Status: 'COMPLETED' },
    ]);
    const seconds = valuesOf('CompletionTime') ?? [];
    expect(seconds).toHaveLength(2);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...seconds)).toBeLessThan(60);
    expect(metrics.filter((found) => found.length > 0)).toEqual([line]);
  });

  test('of a failed batch are in the line of the failure', async () => {
    const { messages, metrics } = await logOf('functions/kafka/process-orders.ts', mskEvent([aRecord({})]), {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    });

    expect(messages).toEqual(['process-orders failed; the batch will be delivered again']);
    expect(metrics).toMatchObject([[{ name: 'BatchDuration' }]]);
  });

  test('are a line of their own if the level of the log line is not written', async () => {
    const { messages, metrics } = await logOf('functions/http/create-order.ts', request, {
      LOG_LEVEL: 'warn',
    });

    expect(messages).toEqual([undefined]);
    expect(metrics[0]?.map(({ name }) => name)).toEqual(['AcceptedOrders', 'RequestDuration']);
  });

  test('are not written on a laptop', async () => {
    const { lines } = await invokeOnce('functions/http/welcome.ts', httpEvent('GET', '/'), {
      STAGE: 'local',
    });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('GET / 200');
    expect(lines[0]).not.toMatch(/_aws|RequestDuration/);
  });
});
