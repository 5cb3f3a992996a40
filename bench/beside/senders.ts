import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { type Send, sendConcurrently, sendInBatches } from '../send-concurrently.ts';
import { type BothSides, SENDERS_TOPIC } from './both-sides.ts';
import type { Plan } from './plan.ts';

export const senderCounts = [32, 500, 'batches'] as const;

/** Messages per second of the shared producer and of kafka-python. */
export interface SendersResult {
  readonly senders: (typeof senderCounts)[number];
  readonly orderly: readonly number[];
  readonly predecessor: readonly number[];
}

/** Measures concurrent senders and batches in alternating rounds. The first round is the warm-up. */
export async function measureSenders(
  { servers: { brokers }, predecessor }: BothSides,
  { rounds, messages }: Plan,
): Promise<SendersResult[]> {
  await using theirs = await predecessor.startSenders({ brokers, ordersTopic: SENDERS_TOPIC });
  await using producer = createProducer({ brokers, clientId: 'bench-senders' });
  const headers = { 'event-id': '0199f1a2-7b3c-7d4e-8f50-123456789abc' };
  const send: Send = (key, value) => producer.send(SENDERS_TOPIC, { key, value, headers });

  const results: SendersResult[] = [];
  for (const senders of senderCounts) {
    const orderly: number[] = [];
    const predecessorRates: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      predecessorRates.push(messages / (await theirs.send(senders, messages)));
      orderly.push(
        senders === 'batches'
          ? await sendInBatches(send, messages)
          : await sendConcurrently(send, senders, messages),
      );
    }
    results.push({ senders, orderly: orderly.slice(1), predecessor: predecessorRates.slice(1) });
  }
  return results;
}
