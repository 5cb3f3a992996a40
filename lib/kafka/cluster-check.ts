import type { KafkaClientOptions } from './client.ts';
import { Cluster } from './cluster.ts';

/** Requests a topic's metadata. Rejects after 2 s without a response, or if the topic or a partition's leader is missing. */
export type ClusterCheck = (topic: string) => Promise<void>;

const TIMEOUT_MS = 2_000;

/** Creates a check that keeps its connection between calls, and reconnects after a failure or a minute without use. */
export function createClusterCheck(
  options: Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'>,
): ClusterCheck {
  const cluster = new Cluster({ ...options, requestTimeoutMs: TIMEOUT_MS });
  return async (topic) => {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new Error('Kafka did not answer.')), TIMEOUT_MS);
    try {
      const leaders = await cluster.leaders(topic, timeout.signal);
      const partition = leaders.indexOf(undefined);
      if (partition !== -1) {
        throw new Error(`${topic}-${partition} has no leader.`);
      }
    } finally {
      clearTimeout(timer);
    }
  };
}
