import type { Config } from '../config/config.ts';
import { countOpenLetters } from '../dead-letters/sql/select-dead-letters.ts';
import { measureDueAttempts } from '../fulfilment/sql/fulfilment-attempts.ts';
import { type GroupOnTopic, readGroupLag } from '../kafka/group-lag.ts';
import { orderFulfilment, orderProcessing, topics } from '../kafka/topics/topics.ts';
import {
  type DatabaseGauge,
  type GaugeReader,
  type Gauges,
  type GroupGauge,
  type OnUnread,
  readGauges,
} from '../observability/gauges.ts';
import { countProcessingOrders } from '../orders/sql/select-orders.ts';
import { measureOutbox } from '../outbox/sql/outbox.ts';
import { countConnections } from '../postgres/gauges.ts';
import { systemClock } from '../time/clock.ts';
import { database, kafka } from './connections.ts';

/** Each reader of a server that does not respond takes this time and 2 s to connect: together at most 30 s. */
const DATABASE_TIMEOUT_MS = 2_000;

/**
 * Reads the gauges from PostgreSQL and Kafka. A gauge that cannot be read is absent, and `onUnread` receives the error.
 * Never rejects. Without a receiver, the gauges of the fulfilment group are absent, because no consumer reads the status
 * events.
 */
export async function collectGauges(
  { fulfilment, kafkaPrefix }: Pick<Config, 'fulfilment' | 'kafkaPrefix'>,
  onUnread: OnUnread,
): Promise<Gauges> {
  const groups = fulfilment ? [orderProcessing, orderFulfilment] : [orderProcessing];
  const valuesOfGroup = async ({ group, topic }: (typeof groups)[number]) => {
    const { retentionMs } = topics[topic];
    const reader = groupReader({ group: kafkaPrefix + group, topic: kafkaPrefix + topic, retentionMs });
    return [group, await readGauges([reader], onUnread)] as const;
  };
  const [databaseValues, ...groupValues] = await Promise.all([
    readGauges(databaseReaders(), onUnread),
    ...groups.map(valuesOfGroup),
  ]);
  return { database: databaseValues, groups: Object.fromEntries(groupValues) };
}

/** Every query takes milliseconds, also with large tables. */
function databaseReaders(): GaugeReader<DatabaseGauge>[] {
  const db = database().within(DATABASE_TIMEOUT_MS);
  return [
    {
      names: ['OpenDeadLetters'],
      read: async () => ({ OpenDeadLetters: await countOpenLetters(db) }),
    },
    {
      names: ['OutboxRows', 'OutboxAge', 'SetAsideOutboxRows'],
      read: async () => {
        const { rows, ageSeconds, parked } = await measureOutbox(db, systemClock());
        return { OutboxRows: rows, OutboxAge: ageSeconds, SetAsideOutboxRows: parked };
      },
    },
    {
      names: ['DueAttempts', 'DueAttemptsAge'],
      read: async () => {
        const { attempts, ageSeconds } = await measureDueAttempts(db, systemClock());
        return { DueAttempts: attempts, DueAttemptsAge: ageSeconds };
      },
    },
    {
      names: ['ProcessingOrders'],
      read: async () => ({ ProcessingOrders: await countProcessingOrders(db) }),
    },
    {
      names: ['DatabaseConnections', 'DatabaseConnectionsUsed'],
      read: async () => {
        const { used, allowed } = await countConnections(db);
        return { DatabaseConnections: used, DatabaseConnectionsUsed: (100 * used) / allowed };
      },
    },
  ];
}

function groupReader(group: GroupOnTopic): GaugeReader<GroupGauge> {
  return {
    names: ['ConsumerLag', 'ConsumerLagAge', 'OldestWaitingOffset', 'CommittedOffsets', 'EndOffsets'],
    read: async () => {
      const lag = await readGroupLag(kafka('orderly-gauges'), group, systemClock());
      return {
        ConsumerLag: lag.records,
        ConsumerLagAge: lag.ageMs / 1_000,
        OldestWaitingOffset: lag.oldestOffset,
        CommittedOffsets: lag.committed,
        EndOffsets: lag.end,
      };
    },
  };
}
