import { config } from './config.ts';
import { type ClusterCheck, createClusterCheck } from './kafka/cluster-check.ts';
import { createProducer, type Producer } from './kafka/producer.ts';
import type { TopicValues } from './kafka/topics.ts';
import { createDatabase, type Database } from './store/database.ts';

/**
 * What the functions of one process share: made with the first use, kept for the next invocations, never
 * closed (Lambda freezes a process and gives no word before it ends one).
 */

let sharedProducer: Producer<TopicValues> | undefined;
let sharedDatabase: Database | undefined;
let sharedClusterCheck: ClusterCheck | undefined;

export function producer(): Producer<TopicValues> {
  sharedProducer ??= createProducer<TopicValues>({ brokers: config().kafkaBrokers, clientId: 'orderly' });
  return sharedProducer;
}

export function database(): Database {
  sharedDatabase ??= createDatabase(config().databaseUrl);
  return sharedDatabase;
}

export function clusterCheck(): ClusterCheck {
  sharedClusterCheck ??= createClusterCheck({ brokers: config().kafkaBrokers, clientId: 'orderly-health' });
  return sharedClusterCheck;
}
