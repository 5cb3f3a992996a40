import type { Config } from '../config/config.ts';
import { countOpenLetters } from '../dead-letters/sql/select-dead-letters.ts';
import { measureDueAttempts } from '../fulfilment/sql/fulfilment-attempts.ts';
import { type GroupOnTopic, readGroupLag } from '../kafka/group-lag.ts';
import { orderFulfilment, orderProcessing, topics } from '../kafka/topics/topics.ts';
import type { DatabaseGauge, GroupGauge } from '../observability/metrics/metrics.ts';
import type { GaugeReader } from '../observability/metrics/read-gauges.ts';
import { countProcessingOrders } from '../orders/sql/select-orders.ts';
import { measureOutbox } from '../outbox/sql/outbox.ts';
import type { Queryable } from '../postgres/database.ts';
import { countConnections } from '../postgres/gauges.ts';
import { systemClock } from '../time/clock.ts';
import { kafka } from './connections.ts';

/** The parts of the configuration that say which consumer groups are measured. */
export type MeasuredGroups = Pick<Config, 'fulfilment' | 'kafkaPrefix'>;

/** Returns the readers of PostgreSQL. Every query takes milliseconds, also with large tables. */
export function databaseReaders(db: Queryable): GaugeReader<DatabaseGauge>[] {
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

/**
 * Returns the reader of each consumer group, by the group's name without the stage's prefix. Without a receiver, the
 * fulfilment group has none, because no consumer reads the status events.
 */
export function groupReaders(
  { fulfilment, kafkaPrefix }: MeasuredGroups,
  timeoutMs?: number,
): Readonly<Record<string, GaugeReader<GroupGauge>>> {
  const groups = fulfilment ? [orderProcessing, orderFulfilment] : [orderProcessing];
  return Object.fromEntries(
    groups.map(({ group, topic }) => {
      const { retentionMs } = topics[topic];
      const onTopic = { group: kafkaPrefix + group, topic: kafkaPrefix + topic, retentionMs };
      return [group, groupReader(onTopic, timeoutMs)];
    }),
  );
}

function groupReader(group: GroupOnTopic, timeoutMs: number | undefined): GaugeReader<GroupGauge> {
  return {
    names: ['ConsumerLag', 'ConsumerLagAge', 'OldestWaitingOffset', 'CommittedOffsets', 'EndOffsets'],
    read: async () => {
      const lag = await readGroupLag(kafka('orderly-gauges'), group, systemClock(), timeoutMs);
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
