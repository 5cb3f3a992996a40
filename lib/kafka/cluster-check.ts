import type { KafkaClientOptions } from './client.ts';
import { Cluster } from './cluster.ts';

/** Asks Kafka for a topic's metadata; rejects after 2 s without an answer, or when the topic or a leader is missing. */
export type ClusterCheck = (topic: string) => Promise<void>;

const TIMEOUT_MS = 2_000;

/** A check that keeps its connection between calls, and makes a new one after a failure, or a minute without use. */
export function createClusterCheck(
  options: Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'>,
): ClusterCheck {
  const cluster = new Cluster({ ...options, requestTimeoutMs: TIMEOUT_MS });
  return async (topic) => {
    const overdue = new AbortController();
    const timer = setTimeout(() => overdue.abort(new Error('Kafka did not answer.')), TIMEOUT_MS);
    try {
      const leaders = await cluster.leaders(topic, overdue.signal);
      const partition = leaders.indexOf(undefined);
      if (partition !== -1) {
        throw new Error(`${topic}-${partition} has no leader.`);
      }
    } finally {
      clearTimeout(timer);
    }
  };
}
