import { config } from '../config/config.ts';
import type { Gauges, Values } from '../observability/flow-events.ts';
import { log } from '../observability/logs/logger.ts';
import type { GaugeReader } from '../observability/metrics/read-gauges.ts';
import { systemClock } from '../time/clock.ts';
import { database } from './connections.ts';
import { databaseReaders, groupReaders } from './gauge-readers.ts';
import { shareReads } from './share-reads.ts';

/**
 * Time for all queries of one scrape, which take milliseconds. A server that does not respond takes up to 2 s more to
 * connect, or 1 s to roll back. So each source ends within 5 s; Prometheus waits for 10 s.
 */
const DATABASE_TIMEOUT_MS = 1_500;
const KAFKA_TIMEOUT_MS = 4_500;

/** Several Prometheus servers, or a page that is reloaded often, cause no more queries than one server. */
const MAX_AGE_MS = 5_000;

/** How the reading of one source ended. */
export interface ScrapedSource {
  /** `database`, or the name of a consumer group. */
  readonly source: string;
  readonly isRead: boolean;
  readonly durationMs: number;
}

export interface Scrape {
  readonly gauges: Gauges;
  readonly sources: readonly ScrapedSource[];
}

/**
 * Returns the gauges of PostgreSQL and Kafka, at most 5 s old. A source that cannot be read within its deadline is logged and
 * has no gauges. Never rejects with a valid configuration.
 */
export const scrapeGauges: () => Promise<Scrape> = shareReads(readSources, MAX_AGE_MS, systemClock);

async function readSources(): Promise<Scrape> {
  const [ofDatabase, ...ofGroups] = await Promise.all([
    readSource('database', () =>
      database().transaction((transaction) => readAll(databaseReaders(transaction)), DATABASE_TIMEOUT_MS),
    ),
    ...Object.entries(groupReaders(config(), KAFKA_TIMEOUT_MS)).map(([group, reader]) =>
      readSource(group, reader.read),
    ),
  ]);
  return {
    gauges: {
      database: ofDatabase.values ?? {},
      groups: Object.fromEntries(ofGroups.map(({ source, values = {} }) => [source, values])),
    },
    sources: [ofDatabase, ...ofGroups],
  };
}

/** Runs the readers one after another. */
async function readAll<Name extends string>(readers: readonly GaugeReader<Name>[]): Promise<Values<Name>> {
  const values: Values<Name>[] = [];
  for (const { read } of readers) {
    values.push(await read());
  }
  return Object.assign({}, ...values);
}

async function readSource<Name extends string>(
  source: string,
  read: () => Promise<Values<Name>>,
): Promise<ScrapedSource & { readonly values: Values<Name> | undefined }> {
  const from = performance.now();
  const values = await read().catch((error: unknown) => {
    log('warn', 'gauges could not be read for a scrape', { source, error });
    return undefined;
  });
  return { source, isRead: values !== undefined, durationMs: performance.now() - from, values };
}
