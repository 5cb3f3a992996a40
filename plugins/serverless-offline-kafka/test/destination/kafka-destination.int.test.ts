import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createDestination, type FailureDestination } from '../../src/destination/failure-destination.ts';
import { aDiscardedBatch, aDiscardedRecord, FUNCTION_ARN } from '../support/discarded-batch.ts';
import { brokers, createTopic, numbered, uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { readTopic } from '../support/read-topic.ts';

const destinations: FailureDestination[] = [];
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  await Promise.all(destinations.splice(0).map((destination) => destination.close()));
  for (const server of servers.splice(0)) {
    server.close();
  }
  for (const socket of sockets.splice(0)) {
    socket.destroy();
  }
});

function aDestination(
  topic: string,
  bootstrapServers = brokers,
  requestTimeoutMs = 8_000,
): FailureDestination {
  const cluster = { bootstrapServers, security: {}, sessionTimeoutMs: 6_000 };
  const { log } = aLog();
  const destination = createDestination(
    { type: 'kafka', topic },
    { cluster, functionArn: FUNCTION_ARN, requestTimeoutMs, log },
  );
  destinations.push(destination);
  return destination;
}

test('each record becomes one message with its key', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const records = ['one', null, 'two'].map((key, offset) =>
    aDiscardedRecord({ offset, key: key === null ? null : Buffer.from(key) }),
  );

  await aDestination(topic).send(aDiscardedBatch({ records }));

  const messages = await readTopic(topic, 3);
  expect(messages.map(({ key }) => key)).toEqual(['one', null, 'two']);
  expect(messages.map(({ value }) => value.payload)).toEqual([
    { eventSource: 'aws:kafka', offsets: [0] },
    { eventSource: 'aws:kafka', offsets: [1] },
    { eventSource: 'aws:kafka', offsets: [2] },
  ]);
  expect(messages[2]?.value).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', functionArn: `${FUNCTION_ARN}:$LATEST` },
    KafkaBatchInfo: { bootstrapServers: brokers, recordInfo: { offset: '2' } },
  });
});

test('unavailable brokers and unresponsive brokers are unreachable, which differs from a rejection', async () => {
  const unresponsive = await listen();

  const [rejected, unanswered] = await Promise.allSettled([
    aDestination('dlt', '127.0.0.1:1').send(aDiscardedBatch()),
    aDestination('dlt', address(unresponsive), 1_000).send(aDiscardedBatch()),
  ]);

  expect(rejected).toMatchObject({ reason: { code: 'destination_unreachable' } });
  expect(unanswered).toMatchObject({
    reason: { code: 'destination_unreachable', message: 'kafka://dlt: no response within 1 s' },
  });
});

test('closing does not wait for unresponsive brokers', async () => {
  const destination = aDestination('dlt', address(await listen()), 60_000);
  const sent = destination.send(aDiscardedBatch()).catch((error) => error);

  await destination.close();

  expect(await sent).toMatchObject({
    code: 'destination_unreachable',
    message: 'kafka://dlt: no response before the stop',
  });
});

// The hashes are from Apache Kafka's UtilsTest.testMurmur2.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['abc', 479470107],
])('the key %s selects the same partition as with a Java producer', async (key, hash) => {
  const topic = await createTopic(uniqueName(), 5);

  await aDestination(topic).send(aDiscardedBatch({ records: [aDiscardedRecord({ key: Buffer.from(key) })] }));

  expect(await readTopic(topic, 1)).toMatchObject([{ partition: (hash & 0x7fffffff) % 5 }]);
});

test('records without a key are distributed over the partitions in turn', async () => {
  const topic = await createTopic(uniqueName(), 3);
  const records = numbered(9).map((offset) => aDiscardedRecord({ offset: Number(offset) }));

  await aDestination(topic).send(aDiscardedBatch({ records }));

  const partitions = (await readTopic(topic, 9)).map(({ partition }) => partition).toSorted();
  expect(partitions).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
});

test('a batch larger than one request arrives in order', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const records = numbered(2_000).map((offset) => aDiscardedRecord({ offset: Number(offset) }));
  const eventOf = ({ offset }: { offset: number }): string =>
    JSON.stringify({ offset, text: 'x'.repeat(2_000) });

  await aDestination(topic).send(aDiscardedBatch({ records, eventOf }));

  const messages = await readTopic(topic, 2_000);
  const payloads = messages.map(({ value }) => value.payload);
  expect(payloads).toEqual(records.map((record) => JSON.parse(eventOf(record))));
});

test('a record at the limit of its topic fits into a destination with the same limit that keeps it compressed', async () => {
  const topic = await createTopic(uniqueName(), 1, { 'compression.type': 'producer' });
  const event = JSON.stringify({ value: randomBytes(1_000_000).toString('base64') });

  await aDestination(topic).send(aDiscardedBatch({ eventOf: () => event }));

  const [message] = await readTopic(topic, 1);
  expect(message?.value.payload).toEqual(JSON.parse(event));
});

test('a record that is too large for the topic is rejected, with the setting to raise', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const event = JSON.stringify({ value: randomBytes(2_000_000).toString('base64') });

  const sent = aDestination(topic).send(aDiscardedBatch({ eventOf: () => event }));

  await expect(sent).rejects.toMatchObject({
    code: 'destination_refused',
    message: `kafka://${topic}: a message is larger than the topic accepts: raise its max.message.bytes`,
  });
});

test('a missing topic is a rejection until it exists', async () => {
  const topic = uniqueName();
  const destination = aDestination(topic);
  const batch = aDiscardedBatch();

  const rejected = destination.send(batch);
  await expect(rejected).rejects.toMatchObject({
    code: 'destination_refused',
    message: `kafka://${topic}: the topic does not exist`,
  });
  await createTopic(topic, 1);
  await destination.send(batch);

  expect(await readTopic(topic, 1)).toHaveLength(1);
});

/** Accepts connections and never responds. */
async function listen(): Promise<Server> {
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  servers.push(server);
  return server;
}

function address(server: Server): string {
  const listening = server.address();
  return `127.0.0.1:${typeof listening === 'object' ? listening?.port : ''}`;
}
