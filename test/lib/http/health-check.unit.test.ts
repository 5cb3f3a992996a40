import { afterEach, expect, test } from '@jest/globals';
import { checkHealth } from '../../../lib/http/health-check.ts';
import { stalledConsumers } from '../../../lib/http/stalled-consumers.ts';

const KEY = Symbol.for('kafka-event-source.stalls');

const stall = {
  topic: 'orders',
  function: 'processOrders',
  group: 'order-processing-group',
  partition: 2,
  offset: 103,
  recordsWaiting: 1,
  stalledMs: 30_950,
  reason: 'the function fails: no table',
};
const up = async (): Promise<void> => undefined;
const down = async (): Promise<void> => {
  throw new Error('away');
};

afterEach(() => void Reflect.deleteProperty(globalThis, KEY));

const publish = (stalls: unknown): void => void Reflect.set(globalThis, KEY, () => stalls);

test('without consumers in this process, health contains only the dependencies', async () => {
  expect(stalledConsumers()).toEqual([]);
  expect(await checkHealth({ kafka: up }, stalledConsumers())).toEqual({
    status: 'healthy',
    dependencies: { kafka: { state: 'up', ms: expect.any(Number) } },
  });
});

test('a stalled consumer makes the status degraded, with its position and reason', async () => {
  publish([stall]);

  expect(await checkHealth({ kafka: up }, stalledConsumers())).toMatchObject({
    status: 'degraded',
    stalled_consumers: [
      {
        consumer: 'processOrders',
        group: 'order-processing-group',
        topic: 'orders',
        partition: 2,
        offset: 103,
        records_waiting: 1,
        stalled_seconds: 30,
        reason: 'the function fails: no table',
      },
    ],
  });
});

test('a dependency that is down makes the status unhealthy, and the stalled consumers are listed too', async () => {
  publish([{ topic: 'orders', function: 'work', group: 'g', stalledMs: 40_000, reason: 'ECONNREFUSED' }]);

  expect(await checkHealth({ kafka: down, database: up }, stalledConsumers())).toMatchObject({
    status: 'unhealthy',
    dependencies: { kafka: { state: 'down' }, database: { state: 'up' } },
    stalled_consumers: [{ reason: 'ECONNREFUSED' }],
  });
});

test.each([
  ['no function', 'stalls'],
  ['no list', () => ({})],
  ['another form', () => [{ ...stall, offset: '103' }]],
])('stalls that are published in another format (%s) are ignored', (_, published) => {
  Reflect.set(globalThis, KEY, published);

  expect(stalledConsumers()).toEqual([]);
});
