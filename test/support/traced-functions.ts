import { randomUUID } from 'node:crypto';
import { topics } from '../../lib/kafka/topics/topics.ts';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { freshDatabase, type TestDatabase } from './database.ts';
import { scheduledEventFile } from './events.ts';
import { type FulfilmentReceiver, SECRET, startFulfilmentReceiver } from './fulfilment-receiver.ts';
import { type ChildAnswer, type HandlerProcess, startHandlerProcess } from './handler-process.ts';
import { httpEvent } from './http-event.ts';
import { readTopic, testBrokers } from './kafka.ts';
import { mskEvent } from './records.ts';
import { type CollectedSpan, startTraceCollector, type TraceCollector, treeOf } from './trace-collector.ts';
import { until } from './until.ts';

/** The functions in one process, with their servers and a collector of spans. */
export interface TracedFunctions extends AsyncDisposable {
  readonly db: TestDatabase;
  readonly receiver: FulfilmentReceiver;
  readonly collector: TraceCollector;
  readonly handlers: HandlerProcess;
  /** Sends `POST /api/orders`. */
  create(orderId: string, headers?: Record<string, string>): Promise<ChildAnswer>;
  /** Returns the records with this key, oldest first. */
  recordsOf(topic: keyof typeof topics, orderId: string): Promise<KafkaRecord[]>;
  /** Returns all records of the topic, also those of other tests. */
  allRecords(topic: keyof typeof topics): Promise<KafkaRecord[]>;
  /** Invokes a function with records. */
  deliver(file: string, records: readonly KafkaRecord[]): Promise<ChildAnswer>;
  /** Invokes a function as the schedule does. */
  run(file: string): Promise<ChildAnswer>;
  /** The spans of one order, by the attribute that names it. */
  spansOf(orderId: string): CollectedSpan[];
  /** The tree of the trace that `POST /api/orders` for this order began. */
  tree(orderId: string): string[];
}

export const PROCESS_ORDERS = 'functions/kafka/process-orders.ts';
export const FULFIL_ORDERS = 'functions/kafka/fulfil-orders.ts';
export const RETRY_ORDERS = 'functions/scheduled/retry-orders.ts';
export const RELAY_OUTBOX = 'functions/scheduled/relay-outbox.ts';

export async function startTracedFunctions(
  environment: Readonly<Record<string, string>> = {},
): Promise<TracedFunctions> {
  await ensureTopics(testBrokers(), topics);
  const stack = new AsyncDisposableStack();
  const db = stack.use(await freshDatabase());
  const receiver = stack.use(await startFulfilmentReceiver());
  const collector = stack.use(await startTraceCollector());
  const handlers = stack.use(
    startHandlerProcess({
      STAGE: 'test', // as on Lambda, spans are sent before the answer
      AUTH: 'none',
      KAFKA_BROKERS: testBrokers().join(),
      DATABASE_URL: db.url,
      FULFILMENT_URL: receiver.url,
      FULFILMENT_SECRET: SECRET,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER_ARG: '1',
      ...environment,
    }),
  );
  const allRecords: TracedFunctions['allRecords'] = async (topic) =>
    (await readTopic(topic, testBrokers())).map(({ partition, offset, key, value, headers }) => ({
      topic,
      partition,
      offset: Number(offset),
      timestamp: Date.now(),
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
    }));
  const spansOf: TracedFunctions['spansOf'] = (orderId) =>
    collector.spans().filter(({ attributes }) => attributes['orderly.order.id'] === orderId);
  return {
    db,
    receiver,
    collector,
    handlers,
    create: (orderId, headers = {}) =>
      handlers.invoke('functions/http/create-order.ts', {
        ...httpEvent('POST', '/api/orders', JSON.stringify({ ...order, order_id: orderId }), {
          'content-type': 'application/json',
          ...headers,
        }),
        routeKey: 'POST /api/orders',
      }),
    allRecords,
    recordsOf: async (topic, orderId) => {
      let found: KafkaRecord[] = [];
      await until(`${topic} has a record of ${orderId}`, async () => {
        found = (await allRecords(topic)).filter(({ key }) => key?.toString() === orderId);
        return found.length > 0;
      });
      return found;
    },
    deliver: (file, records) => handlers.invoke(file, mskEvent(records)),
    run: (file) => handlers.invoke(file, scheduledEventFile('scheduled'), { remainingMs: 120_000 }),
    spansOf,
    tree: (orderId) => {
      const traceId = spansOf(orderId).find(({ kind }) => kind === 'server')?.traceId ?? '';
      return treeOf(collector.spans(), traceId);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const order = { customer_id: 'customer-1', product_id: 'soap', quantity: 2, price: 3.5 };

export const newOrderId = (): string => `traced-${randomUUID()}`;
