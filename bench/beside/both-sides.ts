import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { ensureDatabase } from '../../lib/postgres/ensure-database.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { keepCommitTimes } from '../own-servers/commit-rate.ts';
import { type OwnServers, startOwnServers } from '../own-servers/own-servers.ts';
import { openPredecessor, type Predecessor } from '../predecessor/predecessor.ts';

/** A database with a table `orders`, on the server that both sides use. */
export interface SideDatabase extends AsyncDisposable {
  readonly url: string;
  readonly connection: Database;
}

/** The same broker and the same database server for both systems, each with its own topics and databases. */
export interface BothSides extends AsyncDisposable {
  readonly servers: OwnServers;
  readonly predecessor: Predecessor;
  readonly orderly: SideDatabase;
  /** For the predecessor's consumers `each` and `batch`. */
  readonly oneTable: SideDatabase;
  /** For the predecessor's consumer `same`. */
  readonly sameWork: SideDatabase;
}

/** The predecessor's topics. `accepting` is for an API without a consumer. */
export const predecessorTopics = {
  accepting: 'predecessor.accepting',
  storing: 'predecessor.storing',
  each: 'predecessor.each',
  batch: 'predecessor.batch',
  same: 'predecessor.same',
  status: 'predecessor.status',
} as const;

/** The topic of the senders of both sides. */
export const SENDERS_TOPIC = 'senders';

/** Starts the servers. @throws OrderlyError `local_stack` without a suitable Python. */
export async function startBothSides(): Promise<BothSides> {
  const predecessor = await openPredecessor();
  await using started = new AsyncDisposableStack();
  const servers = started.use(await startOwnServers());
  const wanted = [...Object.values(predecessorTopics), SENDERS_TOPIC];
  await ensureTopics(servers.brokers, Object.fromEntries(wanted.map((topic) => [topic, topics.orders])));
  const orderly = started.use(open(servers.databaseUrl));
  await keepCommitTimes(servers, orderly.connection);
  const oneTable = started.use(await createTables(servers, 'one_table', 'one-table.sql'));
  const sameWork = started.use(await createTables(servers, 'same_work', 'same-work.sql'));
  const running = started.move();
  return {
    servers,
    predecessor,
    orderly,
    oneTable,
    sameWork,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function open(url: string): SideDatabase {
  const connection = createDatabase(url);
  return { url, connection, [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose]() };
}

async function createTables(servers: OwnServers, name: string, file: string): Promise<SideDatabase> {
  const url = new URL(servers.databaseUrl);
  url.pathname = name;
  await ensureDatabase({ connectionString: url.href });
  const side = open(url.href);
  await side.connection.query(readFileSync(join(import.meta.dirname, '../predecessor', file), 'utf8'));
  return side;
}

export async function countOrders({ connection }: SideDatabase): Promise<number> {
  const { rows } = await connection.query<{ orders: number }>('SELECT count(*)::int AS orders FROM orders');
  return rows[0]?.orders ?? 0;
}
