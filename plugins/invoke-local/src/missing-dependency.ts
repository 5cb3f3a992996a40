import net from 'node:net';
import { type Config, readConfig } from '../../../lib/config/config.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';

/**
 * The server that each function of `serverless.yml` needs. A test compares the two lists. `health`, `metrics` and `publishGauges`
 * need none, because they report what is unavailable. Writes use PostgreSQL only for an Idempotency-Key, and work without it.
 */
export const requiredServer: Readonly<Record<string, 'Kafka' | 'PostgreSQL' | undefined>> = {
  welcome: undefined,
  health: undefined,
  metrics: undefined,
  contracts: undefined,
  reference: undefined,
  createOrder: 'Kafka',
  createOrdersBulk: 'Kafka',
  getOrder: 'PostgreSQL',
  listOrders: 'PostgreSQL',
  orderHistory: 'PostgreSQL',
  cancelOrder: 'Kafka',
  notFound: undefined,
  processOrders: 'PostgreSQL',
  fulfilOrders: 'PostgreSQL',
  retryOrders: 'PostgreSQL',
  relayOutbox: 'PostgreSQL',
  prune: 'PostgreSQL',
  publishGauges: undefined,
};

const CONNECT_TIMEOUT_MS = 1_000;
const POSTGRES_STANDARD_PORT = 5432;

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns why a function cannot be invoked in this environment, in one line with a remedy. Returns undefined if it can be
 * invoked. Takes at most about a second.
 */
export async function missingDependency(
  functionName: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const server = requiredServer[functionName];
  if (server === undefined) {
    return undefined;
  }
  try {
    const addresses = addressesOf(readConfig(environment))[server];
    const accepted = await Promise.all(addresses.map(acceptsConnection));
    const hosts = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
    return accepted.includes(true)
      ? undefined
      : `${server} does not answer at ${hosts}: start the local stack first, with "npm start" or "npm run stack -- up".`;
  } catch (error) {
    if (error instanceof OrderlyError) {
      return error.message;
    }
    throw error;
  }
}

function addressesOf({ kafkaBrokers, databaseUrl }: Config): Record<'Kafka' | 'PostgreSQL', Address[]> {
  const database = new URL(databaseUrl);
  return {
    Kafka: kafkaBrokers.map((broker) => {
      const [host = '', port] = broker.split(':');
      return { host, port: Number(port) };
    }),
    PostgreSQL: [{ host: database.hostname, port: Number(database.port) || POSTGRES_STANDARD_PORT }],
  };
}

function acceptsConnection({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const finish = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
