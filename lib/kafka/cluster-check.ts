import type kafkajs from 'kafkajs';
import { createKafkaClient, type KafkaClient } from './client.ts';

/** Asks Kafka for a topic's metadata; rejects within 2 s when no answer comes or the topic is not there. */
export type ClusterCheck = (topic: string) => Promise<void>;

const TIMEOUT_MS = 2_000;

/** A check that keeps its connection between calls, and makes a new one after a failure. */
export function createClusterCheck(options: { brokers: readonly string[]; clientId: string }): ClusterCheck {
  let current: { client: KafkaClient; admin: Promise<kafkajs.Admin> } | undefined;

  const connect = (): { client: KafkaClient; admin: Promise<kafkajs.Admin> } => {
    const client = createKafkaClient({ ...options, requestTimeoutMs: TIMEOUT_MS });
    const admin = client.kafka.admin();
    return { client, admin: admin.connect().then(() => admin) };
  };

  return async (topic) => {
    current ??= connect();
    const used = current;
    const overdue = setTimeout(used.client.destroy, TIMEOUT_MS);
    try {
      const admin = await used.admin;
      await admin.fetchTopicMetadata({ topics: [topic] });
    } catch (error) {
      used.client.destroy();
      current = current === used ? undefined : current;
      throw error;
    } finally {
      clearTimeout(overdue);
    }
  };
}
