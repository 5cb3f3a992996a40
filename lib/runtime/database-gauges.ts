import { countOpenLetters } from '../dead-letters/sql/select-dead-letters.ts';
import { measureDueAttempts } from '../fulfilment/sql/fulfilment-attempts.ts';
import type { DatabaseGauge } from '../observability/gauges.ts';
import type { GaugeReader } from '../observability/read-gauges.ts';
import { countProcessingOrders } from '../orders/sql/select-orders.ts';
import { measureOutbox } from '../outbox/sql/outbox.ts';
import type { Database } from '../postgres/database.ts';
import { countConnections } from '../postgres/gauges.ts';
import type { Clock } from '../time/clock.ts';

/** A server that is frozen costs each reader this and the 2 s to connect: together half a minute at the most. */
const TIMEOUT_MS = 2_000;

/** How PostgreSQL tells of each gauge that it alone knows: each in milliseconds, whatever the tables hold. */
export function databaseGaugeReaders(database: Database, clock: Clock): GaugeReader<DatabaseGauge>[] {
  const db = database.within(TIMEOUT_MS);
  return [
    {
      of: ['OpenDeadLetters'],
      read: async () => ({ OpenDeadLetters: await countOpenLetters(db) }),
    },
    {
      of: ['OutboxRows', 'OutboxAge', 'SetAsideOutboxRows'],
      read: async () => {
        const { rows, ageSeconds, parked } = await measureOutbox(db, clock());
        return { OutboxRows: rows, OutboxAge: ageSeconds, SetAsideOutboxRows: parked };
      },
    },
    {
      of: ['DueAttempts', 'DueAttemptsAge'],
      read: async () => {
        const { attempts, ageSeconds } = await measureDueAttempts(db, clock());
        return { DueAttempts: attempts, DueAttemptsAge: ageSeconds };
      },
    },
    {
      of: ['ProcessingOrders'],
      read: async () => ({ ProcessingOrders: await countProcessingOrders(db) }),
    },
    {
      of: ['DatabaseConnections', 'DatabaseConnectionsUsed'],
      read: async () => {
        const { used, allowed } = await countConnections(db);
        return { DatabaseConnections: used, DatabaseConnectionsUsed: (100 * used) / allowed };
      },
    },
  ];
}
