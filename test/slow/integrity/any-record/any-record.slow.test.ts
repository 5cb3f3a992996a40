import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { EventSourceError } from '../../../../plugins/serverless-offline-kafka/src/errors.ts';
import { EventSourceMapping } from '../../../../plugins/serverless-offline-kafka/src/mapping/event-source-mapping.ts';
import { aDefinition } from '../../../../plugins/serverless-offline-kafka/test/support/a-definition.ts';
import { committed } from '../../../../plugins/serverless-offline-kafka/test/support/kafka.ts';
import { aLog } from '../../../../plugins/serverless-offline-kafka/test/support/log.ts';
import {
  type RawRecord,
  recordBatch,
  sendBatches,
} from '../../../../plugins/serverless-offline-kafka/test/support/raw-records.ts';
import { freshDatabase, queryOnce } from '../../../support/database.ts';
import { startHandlerProcess } from '../../../support/handler-process.ts';
import { freshTopic, testBrokers } from '../../../support/kafka.ts';
import { ensureOrdersTopic } from '../../../support/orders-topic.ts';
import { until } from '../../../support/until.ts';
import { createRandom } from '../random.ts';
import { type PlannedRecord, plainOrder, randomRecord } from './random-records.ts';

/**
 * `RECORDS=100000 SEED=1 npm run test:slow -- test/slow/integrity/any-record` sends more, with a seed, and prints the
 * throughput.
 */
const RECORDS = Number(process.env.RECORDS ?? 4_000);
const SEED = Number(process.env.SEED ?? randomInt(1_000_000));
const TIMEOUT_MS = 180_000 + RECORDS * 5;
const PARTITIONS = 2;
const BATCH_RECORDS = 250;
const codecs = ['none', 'gzip', 'zstd'] as const;

/** Size of key, value and headers. */
const bytesOf = ({ key, value, headers = [] }: RawRecord): number =>
  [key, value, ...headers.flat()].reduce((sum, part) => sum + (part?.length ?? 0), 0);

/** Sends the records. The event source delivers them to `process-orders` until all are committed. */
async function deliver(planned: readonly PlannedRecord[]) {
  const [broker = ''] = testBrokers();
  const topic = await freshTopic(PARTITIONS);
  await ensureOrdersTopic();
  await using database = await freshDatabase();
  for (let from = 0; from < planned.length; from += BATCH_RECORDS) {
    const records = planned.slice(from, from + BATCH_RECORDS).map(({ record }) => record);
    const turn = from / BATCH_RECORDS;
    const batch = recordBatch(records, { codec: codecs[turn % codecs.length] ?? 'none' });
    await sendBatches(broker, { topic, partition: turn % PARTITIONS }, batch);
  }
  using functions = startHandlerProcess({ KAFKA_BROKERS: broker, DATABASE_URL: database.url });
  const beginMs = performance.now();
  const { log, lines } = aLog();
  const mapping = new EventSourceMapping({
    definition: aDefinition({
      topic,
      batchSize: 100,
      cluster: { bootstrapServers: broker, security: {}, sessionTimeoutMs: 10_000 },
    }),
    invoke: async (event) => {
      const { threw } = await functions.invoke('functions/kafka/process-orders.ts', event);
      if (threw !== undefined) {
        throw new EventSourceError('function_failed', threw);
      }
    },
    log,
  });
  mapping.start();
  const total = async (): Promise<number> =>
    (await committed(`${topic}-group`, topic)).reduce((sum, offset) => sum + Math.max(offset, 0), 0);
  await until('all records are committed', async () => (await total()) === planned.length, TIMEOUT_MS);
  const perSecond = Math.round((planned.length * 1_000) / (performance.now() - beginMs));
  await mapping.stop();
  const letters = await queryOnce(database.url, 'SELECT count(*)::int AS count FROM dead_letters');
  const orders = await queryOnce(
    database.url,
    'SELECT order_id, quantity, total_cents::int AS total FROM orders',
  );
  const meanBytes = Math.round(
    planned.reduce((sum, { record }) => sum + bytesOf(record), 0) / planned.length,
  );
  return { perSecond, meanBytes, lines, letters: letters[0]?.count, orders };
}

test(
  'every record that Kafka accepts becomes an order or a dead letter',
  async () => {
    const random = createRandom(SEED, 'any record');
    const planned = Array.from({ length: RECORDS }, (_, index) => randomRecord(random, index));
    const orders = planned.flatMap(({ orderId }) => orderId ?? []);

    const plain = await deliver(Array.from({ length: RECORDS }, (_, index) => plainOrder(index)));
    const any = await deliver(planned);
    const share = Math.round((any.perSecond / plain.perSecond) * 100);
    process.stdout.write(
      `seed ${SEED}, ${RECORDS} records each:
  plain orders  ${plain.perSecond}/s, ${plain.meanBytes} bytes on average
  any records   ${any.perSecond}/s, ${any.meanBytes} bytes, of which ${any.letters} became dead letters: ${share} % of the rate\n`,
    );

    expect(plain.orders).toHaveLength(RECORDS);
    expect(any.orders.map(({ order_id: id }) => id).sort()).toEqual(orders.sort());
    expect(any.orders.every(({ quantity, total }) => quantity === 3 && total === 5_997)).toBe(true);
    expect(any.letters).toBe(RECORDS - orders.length);
    expect(any.lines.filter((line) => line.startsWith('warning'))).toEqual([]);
  },
  2 * TIMEOUT_MS,
);
