import { systemClock } from '../clock.ts';
import { renewUnused } from '../renew-unused.ts';
import { createKafkaClient, type KafkaClient, type KafkaClientOptions } from './client.ts';
import type { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { withNewToken } from './login-refused.ts';

/** Asks Kafka for a topic's metadata; rejects within 2 s when no answer comes or the topic is not there. */
export type ClusterCheck = (topic: string) => Promise<void>;

interface Connection {
  readonly client: KafkaClient;
  readonly admin: Promise<kafkajs.Admin>;
}

const TIMEOUT_MS = 2_000;

/** A check that keeps its connection between calls, and makes a new one after a failure, or a minute without use. */
export function createClusterCheck(
  options: Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'>,
): ClusterCheck {
  let current: Connection | undefined;

  const connect = (): Connection => {
    const client = createKafkaClient({ ...options, requestTimeoutMs: TIMEOUT_MS });
    const admin = client.kafka.admin();
    return { client, admin: admin.connect().then(() => admin) };
  };
  const drop = (connection: Connection | undefined): void => {
    connection?.client.destroy();
    current = current === connection ? undefined : current;
  };
  const ask = async (topic: string, overdue: AbortSignal): Promise<void> => {
    overdue.throwIfAborted();
    current ??= connect();
    const used = current;
    overdue.addEventListener('abort', used.client.destroy);
    try {
      const admin = await used.admin;
      await admin.fetchTopicMetadata({ topics: [topic] });
    } catch (error) {
      drop(used);
      throw used.client.reasonOf(error);
    } finally {
      overdue.removeEventListener('abort', used.client.destroy);
    }
  };
  const check: ClusterCheck = async (topic) => {
    const overdue = new AbortController();
    const timer = setTimeout(() => overdue.abort(), TIMEOUT_MS);
    try {
      await withNewToken(() => ask(topic, overdue.signal));
    } finally {
      clearTimeout(timer);
    }
  };
  const use = renewUnused(() => drop(current), systemClock);
  return (topic) => use(() => check(topic));
}
