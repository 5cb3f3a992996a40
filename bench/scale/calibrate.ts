import { createProducer, type Producer } from '../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import type { OutboxEntry } from '../../lib/outbox/outbox-entry.ts';
import { completeOutbox, publishOutbox } from '../../lib/outbox/publish-outbox.ts';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { systemClock } from '../../lib/time/clock.ts';
import { type OwnServers, startOwnServers } from '../own-servers/own-servers.ts';
import { preparedEvents } from '../own-servers/prepared-events.ts';
import { processEvent } from '../own-servers/process-orders.ts';
import { ownCpuMs, treeCpuMs } from './cpu-time.ts';
import { deliverBacklog } from './deliver-backlog.ts';

/** The programs whose CPU time a batch uses. `helpers` are the other threads of the Node process. */
export const programs = ['node', 'helpers', 'postgres', 'kafka'] as const;
export type Program = (typeof programs)[number];

/** CPU time or waiting time of a batch, linear in its orders. */
export interface Cost {
  readonly msPerBatch: number;
  readonly msPerOrder: number;
}

export type PhaseCosts = Readonly<Record<Program | 'waiting', Cost>>;

/** The phases of a batch, each measured alone. */
export interface Calibration {
  /** Kafka and the event source. */
  readonly deliver: PhaseCosts;
  /** From the parsed event to the commit. */
  readonly store: PhaseCosts;
  /** Status events and the end of the outbox row. */
  readonly publish: PhaseCosts;
}

const ORDERS_DELIVERED = 40_000;
const BATCH_SIZES = [1_000, 100] as const;
const ORDERS_PER_ROUND = 10_000;
const ROUNDS = 3;

/** `waiting` is the time in which PostgreSQL waits for the disk to sync its log. Nothing else waits on one machine. */
const columns = [...programs, 'waiting'] as const;
type Times = Record<(typeof columns)[number], number>;

/**
 * Measures the CPU time and the waiting time of each phase of a batch, without the other phases. Starts its own servers. Does
 * not run `npm start`, so nothing is fitted to the backlog.
 */
export async function calibrate(): Promise<Calibration> {
  await using servers = await startOwnServers();
  await using database = createDatabase(servers.databaseUrl);
  await database.query('ALTER SYSTEM SET track_wal_io_timing = on');
  await database.query('SELECT pg_reload_conf()');
  await using producer = createProducer<TopicValues>({
    brokers: servers.brokers,
    clientId: 'orderly-bench',
    deadlineMs: 60_000,
  });
  const deliver = await deliverBacklog(servers, producer, ORDERS_DELIVERED, (work) =>
    timed(servers, database, work),
  );
  const rounds = BATCH_SIZES.map((orders) => ({ orders, store: zero(), publish: zero() }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const each of rounds) {
      const { store, publish } = await measureRound(servers, database, producer, each.orders);
      if (round > 0) {
        add(each.store, store); // the first round is the warm-up
        add(each.publish, publish);
      }
    }
  }
  const [large, small] = BATCH_SIZES;
  const linear = (phase: 'store' | 'publish'): PhaseCosts =>
    phaseCosts((column) => {
      const [largeMs = 0, smallMs = 0] = rounds.map(
        (round) => (round[phase][column] * round.orders) / (ROUNDS * ORDERS_PER_ROUND),
      );
      return lineThrough(large, largeMs, small, smallMs);
    });
  return {
    deliver: phaseCosts((column) => ({
      msPerBatch: 0,
      msPerOrder: deliver[column] / ORDERS_DELIVERED,
    })),
    store: linear('store'),
    publish: linear('publish'),
  };
}

async function measureRound(
  servers: OwnServers,
  database: Database,
  producer: Producer<TopicValues>,
  ordersPerBatch: number,
): Promise<{ store: Times; publish: Times }> {
  const events = preparedEvents(ORDERS_PER_ROUND / ordersPerBatch, ordersPerBatch);
  const committed: (readonly OutboxEntry[])[] = [];
  const store = await timed(servers, database, async () => {
    for (const event of events) {
      committed.push(await processEvent(database, event));
    }
  });
  const publish = await timed(servers, database, async () => {
    for (const outbox of committed) {
      await completeOutbox(database, await publishOutbox(producer, outbox, 'writer'), systemClock());
    }
  });
  return { store, publish };
}

async function timed({ pids }: OwnServers, database: Database, work: () => Promise<void>): Promise<Times> {
  const read = async (): Promise<Times> => {
    const { thread, helpers } = ownCpuMs();
    const cpu = { node: thread, helpers, postgres: treeCpuMs(pids.postgres), kafka: treeCpuMs(pids.kafka) };
    return { ...cpu, waiting: await logSyncMs(database) };
  };
  const before = await read();
  await work();
  const after = await read();
  const used = zero();
  for (const column of columns) {
    used[column] = after[column] - before[column];
  }
  return used;
}

/** https://www.postgresql.org/docs/17/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW */
async function logSyncMs(database: Database): Promise<number> {
  await database.query('SELECT pg_stat_force_next_flush()'); // otherwise a session reports after a second
  const { rows } = await database.query<{ ms: number }>('SELECT wal_sync_time AS ms FROM pg_stat_wal');
  return rows[0]?.ms ?? 0;
}

const zero = (): Times => ({ node: 0, helpers: 0, postgres: 0, kafka: 0, waiting: 0 });

function add(sum: Times, times: Times): void {
  for (const column of columns) {
    sum[column] += times[column];
  }
}

/** Returns the line through the costs of two batch sizes. Neither part is below 0, despite noise. */
export function lineThrough(large: number, largeMs: number, small: number, smallMs: number): Cost {
  const msPerOrder = Math.min(Math.max(0, (largeMs - smallMs) / (large - small)), largeMs / large);
  return { msPerOrder, msPerBatch: largeMs - msPerOrder * large };
}

const phaseCosts = (cost: (column: keyof Times) => Cost): PhaseCosts => ({
  node: cost('node'),
  helpers: cost('helpers'),
  postgres: cost('postgres'),
  kafka: cost('kafka'),
  waiting: cost('waiting'),
});
