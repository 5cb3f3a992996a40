import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { median } from '../median.ts';
import { type Send, sendConcurrently } from '../send-concurrently.ts';

export interface ProducerResult {
  readonly senders: number;
  readonly rawPerSecond: number;
  readonly sharedPerSecond: number;
  /** The median of the ratios within a round: a machine's speed changes less within a round than between rounds. */
  readonly ratio: number;
}

const ROUNDS = 5;
const MESSAGES = 20_000;

/**
 * Compares kafkajs with the shared producer for concurrent single sends, each awaited by its sender. Alternates in one process
 * against one broker: 300-byte orders, acks=all, the same header.
 */
export async function benchProducer(brokers: string[], topic: string): Promise<ProducerResult[]> {
  const raw = new kafkajs.Kafka({
    brokers,
    clientId: 'bench-raw',
    logLevel: kafkajs.logLevel.NOTHING,
  }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false, // an aborted run deletes the topic, which must not be created again
  });
  await raw.connect();
  await using shared = createProducer({ brokers, clientId: 'bench-shared' });
  const headers = { 'event-id': '0199f1a2-7b3c-7d4e-8f50-123456789abc' };
  const sendRaw: Send = (key, value) =>
    raw.send({ topic, acks: -1, messages: [{ key, value: JSON.stringify(value), headers }] });
  const sendShared: Send = (key, value) => shared.send(topic, { key, value, headers });

  const results: ProducerResult[] = [];
  for (const senders of [1, 32, 500]) {
    const messages = senders === 1 ? MESSAGES / 10 : MESSAGES;
    await sendConcurrently(sendRaw, senders, messages / 5);
    await sendConcurrently(sendShared, senders, messages / 5);
    const rounds: { raw: number; shared: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({
        raw: await sendConcurrently(sendRaw, senders, messages),
        shared: await sendConcurrently(sendShared, senders, messages),
      });
    }
    results.push({
      senders,
      rawPerSecond: Math.round(median(rounds.map((round) => round.raw))),
      sharedPerSecond: Math.round(median(rounds.map((round) => round.shared))),
      ratio: median(rounds.map((round) => round.shared / round.raw)),
    });
  }
  await raw.disconnect();
  return results;
}
