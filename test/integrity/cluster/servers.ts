import { topics } from '../../../lib/kafka/topics.ts';
import { ensureDatabase } from '../../../lib/store/ensure-database.ts';
import { migrate } from '../../../lib/store/migrate.ts';
import { startKafka } from '../../../local/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../../local/ports.ts';
import { postgresUrl } from '../../../local/postgres-password.ts';
import { startPostgres } from '../../../local/postgres-server.ts';
import { ensureTopics } from '../../../local/topics.ts';
import { kafkaDistribution } from '../../support/test-state.ts';
import { startTarget, type Target } from './target.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Where Kafka and PostgreSQL are, for one of the two who use them. */
export interface Addresses {
  /** host:port */
  readonly brokers: string;
  readonly databaseUrl: string;
}

export interface Servers {
  readonly kafka: Target;
  readonly postgres: Target;
  readonly proxies: { readonly kafka: TcpProxy; readonly postgres: TcpProxy };
  /** Past the proxies. */
  readonly direct: Addresses;
  readonly proxied: Addresses;
}

const DATABASE = 'orderly';

/**
 * One Kafka node with the topics and one PostgreSQL with the tables, each with a proxy in front of it. The servers
 * end with their records in the state directory; `scope` ends the proxies.
 */
export async function startServers(stateDirectory: string, scope: AsyncDisposableStack): Promise<Servers> {
  const ports = { kafka: await freePort(), proxiedKafka: await freePort(), postgres: await freePort() };
  const proxies = {
    kafka: scope.use(await startTcpProxy(ports.proxiedKafka)),
    postgres: scope.use(await startTcpProxy(ports.postgres)),
  };
  const common = { stateDirectory, startedBy: 'start' } as const;
  const distribution = await kafkaDistribution();
  const proxied = { port: ports.proxiedKafka, advertisedPort: proxies.kafka.port };
  const [kafka, postgres] = await Promise.all([
    startTarget('kafka', () => startKafka({ ...common, distribution, port: ports.kafka, proxied })),
    startTarget('postgres', () => startPostgres({ ...common, port: ports.postgres })),
  ]);
  const direct = addresses(stateDirectory, ports.kafka, ports.postgres);
  await ensureTopics([direct.brokers], topics);
  await ensureDatabase({ connectionString: direct.databaseUrl });
  await migrate(direct.databaseUrl);
  return {
    kafka,
    postgres,
    proxies,
    direct,
    proxied: addresses(stateDirectory, proxies.kafka.port, proxies.postgres.port),
  };
}

const addresses = (stateDirectory: string, kafkaPort: number, postgresPort: number): Addresses => ({
  brokers: `${LOCAL_HOST}:${kafkaPort}`,
  databaseUrl: postgresUrl(stateDirectory, postgresPort, DATABASE),
});
