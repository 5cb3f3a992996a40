import { setTimeout as delay } from 'node:timers/promises';
import type { Observations } from './observations.ts';
import { readPositions } from './read-positions.ts';
import { letterCopy, ordersRecord, statusRecord } from './read-records.ts';
import { readTables } from './read-tables.ts';
import { readTopic } from './read-topic.ts';

export interface Servers {
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
}

/** Reads all results of a run. No processing should be in flight. */
export async function observe({ databaseUrl, brokers }: Servers): Promise<Observations> {
  return {
    // Before the tables: a committed record must have had its effect by then.
    positions: await untilRead(() => readPositions(brokers)),
    records: await untilRead(() => readTopic(brokers, 'orders', ordersRecord)),
    statusEvents: await untilRead(() => readTopic(brokers, 'orders.status', statusRecord)),
    letterCopies: await untilRead(() => readTopic(brokers, 'orders.dlq', letterCopy)),
    ...(await readTables(databaseUrl)),
  };
}

const TRIES = 10;
const PAUSE_MS = 500;

/** A Kafka that has just started rejects some requests for a while, and kafkajs does not retry all of them. */
async function untilRead<Read>(read: () => Promise<Read>, triesLeft = TRIES - 1): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (triesLeft === 0) {
      throw error;
    }
    await delay(PAUSE_MS);
    return untilRead(read, triesLeft - 1);
  }
}
