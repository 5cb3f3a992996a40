import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { createKafkaClient } from '../../lib/kafka/client.ts';

export interface LagReader extends Disposable {
  /** Returns the records of the topic that the group has not committed; `null` if Kafka does not answer. */
  read(): Promise<number | null>;
}

interface Position {
  readonly partition: number;
  readonly offset: string;
}

const REQUEST_TIMEOUT_MS = 2_000;

/** @throws OrderlyError `local_stack` if Kafka does not answer. */
export async function openLagReader(
  brokers: readonly string[],
  { group, topic }: { readonly group: string; readonly topic: string },
): Promise<LagReader> {
  const client = createKafkaClient({
    brokers,
    clientId: 'orderly-load',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const admin = client.kafka.admin();
  await admin.connect().catch((cause: unknown) => {
    client.destroy();
    const where = brokers.join(',');
    throw new OrderlyError('local_stack', `Kafka does not answer on ${where}: start "npm start" first.`, {
      cause,
    });
  });
  const readLag = async (): Promise<number> => {
    // In sequence: of two concurrent metadata requests on a new connection, kafkajs fails one.
    const ends = await admin.fetchTopicOffsets(topic);
    const groups = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return totalLag(ends, groups[0]?.partitions ?? []);
  };
  return { read: () => readLag().catch(() => null), [Symbol.dispose]: client.destroy };
}

/** A partition without a committed offset (-1) counts from its first retained record. */
export function totalLag(
  ends: readonly (Position & { readonly low: string })[],
  committed: readonly Position[],
): number {
  const positions = new Map(committed.map(({ partition, offset }) => [partition, Number(offset)]));
  return ends
    .map(
      ({ partition, offset, low }) => Number(offset) - Math.max(positions.get(partition) ?? -1, Number(low)),
    )
    .reduce((sum, lag) => sum + Math.max(0, lag), 0);
}
