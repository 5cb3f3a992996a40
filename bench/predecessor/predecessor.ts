import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonEnvironment } from '../../cli/python-environment.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { type Program, startProgram } from './program.ts';

const OLDEST_PYTHON = '3.11';

/** The work of a consumer, see README.md. */
export type ConsumerKind = 'each' | 'batch' | 'same';

/** The programs of the predecessor, see README.md. Each function starts a process; disposing stops it. */
export interface Predecessor {
  startApi(orders: OrdersTopic): Promise<AsyncDisposable & { readonly ordersUrl: string }>;
  /** Resolves when the consumer has its partitions. It stores orders until it is disposed. */
  startConsumer(kind: ConsumerKind, orders: OrdersTopic, database: StatusDatabase): Promise<Consumer>;
  startSenders(orders: OrdersTopic): Promise<Senders>;
}

/** Stores orders until it is disposed. */
export interface Consumer extends AsyncDisposable {
  /** @throws Error with the cause if the program has ended. */
  assertRunning(): void;
}

export interface OrdersTopic {
  readonly brokers: readonly string[];
  readonly ordersTopic: string;
}

export interface StatusDatabase {
  readonly databaseUrl: string;
  readonly statusTopic: string;
}

export interface Senders extends AsyncDisposable {
  /** Sends messages from this many concurrent senders, or in batches of 500. Resolves to the seconds. */
  send(senders: number | 'batches', messages: number): Promise<number>;
}

/** Returns the directory of the installed programs, and installs them once. Undefined without a suitable Python. */
export const installPredecessor = (): Promise<string | undefined> =>
  pythonEnvironment('predecessor', join(import.meta.dirname, 'requirements.txt'), OLDEST_PYTHON);

/** @throws OrderlyError `local_stack` without a suitable Python. */
export async function openPredecessor(): Promise<Predecessor> {
  const bin = await installPredecessor();
  if (bin === undefined) {
    throw new OrderlyError(
      'local_stack',
      `The predecessor needs python3, ${OLDEST_PYTHON} or newer, with venv: install it first.`,
    );
  }
  const startPython = (
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
    stdout: 'pipe' | 'ignore' = 'pipe',
  ): Program => startProgram({ command: join(bin, 'python'), args, variables, stdout });
  return {
    startApi: async (orders) => {
      const port = await freePort();
      const origin = `http://${LOCAL_HOST}:${port}`;
      const api = startPython(
        // its default closes idle connections after 5 s, possibly while a request arrives
        ['-m', 'uvicorn', 'api:app', '--port', `${port}`, '--timeout-keep-alive', '75'],
        kafkaVariables(orders),
        'ignore', // a line per request
      );
      await api.ready(() => answers(`${origin}/api/health`));
      return { ordersUrl: `${origin}/api/orders/`, [Symbol.asyncDispose]: api.stop };
    },
    startConsumer: async (kind, orders, { databaseUrl, statusTopic }) => {
      const consumer = startPython(['consumer.py', kind], {
        ...kafkaVariables(orders),
        DATABASE_URL: databaseUrl,
        STATUS_TOPIC: statusTopic,
      });
      let isReady = false;
      consumer.child.stdout?.once('data', () => {
        isReady = true;
      });
      await consumer.ready(() => isReady);
      return { assertRunning: consumer.assertRunning, [Symbol.asyncDispose]: consumer.stop };
    },
    startSenders: async (orders) => {
      const senders = startPython(['senders.py'], kafkaVariables(orders));
      const answers = createInterface({ input: senders.child.stdout ?? process.stdin })[
        Symbol.asyncIterator
      ]();
      return {
        send: async (count, messages) => {
          senders.child.stdin?.write(`${count} ${messages}\n`);
          const { value } = await answers.next();
          if (value === undefined) {
            await senders.ended;
            senders.assertRunning();
          }
          return Number(value);
        },
        [Symbol.asyncDispose]: senders.stop,
      };
    },
  };
}

const kafkaVariables = ({ brokers, ordersTopic }: OrdersTopic): Record<string, string> => ({
  KAFKA_BROKERS: brokers.join(),
  ORDERS_TOPIC: ordersTopic,
});

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
