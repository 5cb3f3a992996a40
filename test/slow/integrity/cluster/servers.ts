import { topics } from '../../../../lib/kafka/topics/topics.ts';
import { ensureDatabase } from '../../../../lib/postgres/ensure-database.ts';
import { migrate } from '../../../../lib/postgres/migrate.ts';
import { ensureTopics } from '../../../../local/kafka/ensure-topics.ts';
import { postgresUrl } from '../../../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../../../local/postgres/postgres-server.ts';
import { freePort } from '../../../../local/process/ports.ts';
import type { KafkaCluster } from '../../../support/kafka-cluster.ts';
import { type BrokerCount, startKafkaPart } from './kafka-part.ts';
import { startTarget, type Target } from './target.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Addresses of Kafka and PostgreSQL, either direct or through the proxies. */
export interface Addresses {
  /** host:port */
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

export interface Servers {
  readonly kafka: Target;
  /** Only with three nodes. */
  readonly nodes: KafkaCluster | undefined;
  readonly postgres: Target;
  readonly proxies: { readonly kafka: TcpProxy; readonly postgres: TcpProxy };
  /** Without the proxies. */
  readonly direct: Addresses;
  readonly proxied: Addresses;
}

const DATABASE = 'orderly';

/**
 * Starts Kafka with the topics and PostgreSQL with the tables, each behind a proxy. The servers stop through their
 * records in the state directory, or with `scope`, which also stops the proxies.
 */
export async function startServers(
  brokers: BrokerCount,
  stateDirectory: string,
  scope: AsyncDisposableStack,
): Promise<Servers> {
  const port = await freePort();
  const proxy = scope.use(await startTcpProxy(port));
  const [kafkaPart, postgres] = await Promise.all([
    startKafkaPart(brokers, stateDirectory, scope),
    startTarget('postgres', () => startPostgres({ stateDirectory, port, startedBy: 'start' })),
  ]);
  const databaseUrlOf = (ofPort: number): string => postgresUrl(stateDirectory, ofPort, DATABASE);
  const direct = { brokers: kafkaPart.direct, databaseUrl: databaseUrlOf(port) };
  await ensureTopics(direct.brokers, topics);
  await ensureDatabase({ connectionString: direct.databaseUrl });
  await migrate(direct.databaseUrl);
  return {
    kafka: kafkaPart.kafka,
    nodes: kafkaPart.nodes,
    postgres,
    proxies: { kafka: kafkaPart.proxy, postgres: proxy },
    direct,
    proxied: { brokers: kafkaPart.proxied, databaseUrl: databaseUrlOf(proxy.port) },
  };
}
