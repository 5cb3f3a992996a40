import { describe, expect, test } from '@jest/globals';
import { createProducer } from '../../../lib/kafka/producer/producer.ts';
import { type TopicValues, topics } from '../../../lib/kafka/topics/topics.ts';
import { type OutboxMessage, statusMessage } from '../../../lib/outbox/outbox-entry.ts';
import { publishOutbox } from '../../../lib/outbox/publish-outbox.ts';
import { ensureTopics } from '../../../local/kafka/ensure-topics.ts';
import { readTopic, testBrokers } from '../../support/kafka.ts';

const newProducer = (options = {}) =>
  createProducer<TopicValues>({
    brokers: testBrokers(),
    clientId: 'outbox-test',
    deadlineMs: 30_000,
    ...options,
  });

const status = (orderId: string, version: number): OutboxMessage =>
  statusMessage({
    orderId,
    customerId: 'c',
    version,
    status: 'COMPLETED',
    statusReason: null,
    updatedAt: Date.parse('2026-11-01T12:00:00Z'),
  });

describe('publishing rows of the outbox', () => {
  test('sends status events as JSON and letters byte by byte, in order, and returns the acknowledged rows', async () => {
    await ensureTopics(testBrokers(), topics);
    await using producer = newProducer();
    const letter: OutboxMessage = {
      topic: 'orders.dlq',
      key: Buffer.from([0xff, 0x00]),
      value: Buffer.from([0xc3, 0x28]),
      headers: { twice: [Buffer.from('a'), 'b'], code: 'not_json' },
    };

    const published = await publishOutbox(
      producer,
      [
        { id: '1', messages: [status('o-1', 1), status('o-1', 2)] },
        { id: '2', messages: [letter] },
        { id: '3', messages: [] },
      ],
      'writer',
    );

    expect(published).toEqual({ acknowledged: ['1', '2', '3'], rejected: [] });
    const events = (await readTopic('orders.status')).filter(({ key }) => key === 'o-1');
    expect(events.map(({ value }) => JSON.parse(value ?? ''))).toEqual(
      [1, 2].map((version) => ({
        order_id: 'o-1',
        customer_id: 'c',
        version,
        status: 'COMPLETED',
        status_reason: null,
        at: '2026-11-01T12:00:00.000Z',
      })),
    );
    const key = Buffer.from([0xff, 0x00]).toString();
    expect((await readTopic('orders.dlq')).filter((copy) => copy.key === key)).toMatchObject([
      { value: Buffer.from([0xc3, 0x28]).toString(), headers: { code: 'not_json' } },
    ]);
  });

  test('returns the row that Kafka will never accept, and sends the others', async () => {
    await ensureTopics(testBrokers(), topics);
    await using producer = newProducer();
    const tooLarge: OutboxMessage = {
      topic: 'orders.dlq',
      key: null,
      value: Buffer.alloc(3 * 1024 * 1024),
      headers: {},
    };

    const published = await publishOutbox(
      producer,
      [
        { id: '1', messages: [tooLarge] },
        { id: '2', messages: [{ ...tooLarge, value: Buffer.alloc(1024 * 1024) }] },
      ],
      'writer',
    );

    expect(published.acknowledged).toEqual(['2']);
    expect(published.rejected).toMatchObject([
      { id: '1', error: expect.stringContaining('the message for topic') },
    ]);
  });

  test('leaves rows to the relay while Kafka is unavailable, and does not reject', async () => {
    await using producer = newProducer({ brokers: ['127.0.0.1:1'], deadlineMs: 200 });

    const published = await publishOutbox(producer, [{ id: '1', messages: [status('o-2', 1)] }], 'writer');

    expect(published).toMatchObject({
      acknowledged: [],
      rejected: [],
      failure: expect.stringContaining('did not acknowledge'),
    });
  });
});
