import { startTestServers, type TestServers } from './test-servers.ts';

let servers: TestServers | undefined;

/** Starts the Kafka and the PostgreSQL that all integration tests share. */
export default async function setup(): Promise<void> {
  servers = await startTestServers();
  process.env.TEST_KAFKA_BROKERS = servers.brokers;
  process.env.TEST_DATABASE_URL = servers.databaseUrl;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, killAndExit); // jest ends on these without a teardown
  }
}

export async function stopSharedServers(): Promise<void> {
  await servers?.[Symbol.asyncDispose]();
}

function killAndExit(): void {
  servers?.kill();
  process.exit(130);
}
