import { topics } from '../../../../lib/kafka/topics/topics.ts';
import { ensureDatabase } from '../../../../lib/postgres/ensure-database.ts';
import { migrate } from '../../../../lib/postgres/migrate.ts';
import { ensureTopics } from '../../../../local/kafka/topics.ts';
import { postgresUrl } from '../../../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../../../local/postgres/postgres-server.ts';
import { freePort } from '../../../../local/process/ports.ts';
import type { KafkaCluster } from '../../../support/kafka-cluster.ts';
import { type BrokerCount, startKafkaPart } from './kafka-part.ts';
import { startTarget, type Target } from './target.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Where Kafka and PostgreSQL are, for one of the two who use them. */
export interface Addresses {
  /** host:port */
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

export interface Servers {
  readonly kafka: Target;
  /** Of a Kafka of three. */
  readonly nodes: KafkaCluster | undefined;
  readonly postgres: Target;
  readonly proxies: { readonly kafka: TcpProxy; readonly postgres: TcpProxy };
  /** Past the proxies. */
  readonly direct: Addresses;
  readonly proxied: Addresses;
}

const DATABASE = 'orderly';

/**
 * Kafka with the topics and one PostgreSQL with the tables, each with a proxy in front of it. The servers end with their
 * records in the state directory, or with `scope`, which also ends the proxies.
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
