import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { topics } from '../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../local/kafka/ensure-topics.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { buildReference } from '../../../reference/build.ts';
import { startTcpProxy, type TcpProxy } from '../../slow/integrity/cluster/tcp-proxy.ts';
import { freshDatabase } from '../../support/database.ts';
import { handlerEvents } from '../../support/handler-events.ts';
import { type ChildAnswer, type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { startBroker } from '../../support/start-broker.ts';
import { createTestState } from '../../support/test-state.ts';

/** A call that uses a lost connection waits at least as long: 2 s for Kafka's, 4 s for PostgreSQL's. */
const LOST_CONNECTION_MS = 2_000;
/** A busy machine makes one call late. A call that uses a lost connection is late every time. */
const ATTEMPTS = 3;

const scope = new AsyncDisposableStack();
let proxies: { kafka: TcpProxy; postgres: TcpProxy };
let handlers: HandlerProcess;
let clockAheadMs = 0;

beforeAll(async () => {
  await buildReference();
  const [port, proxied] = [await freePort(), await freePort()];
  const db = scope.use(await freshDatabase());
  const databaseUrl = new URL(db.url);
  proxies = {
    kafka: scope.use(await startTcpProxy(proxied)),
    postgres: scope.use(await startTcpProxy(Number(databaseUrl.port))),
  };
  const stateDirectory = createTestState();
  scope.defer(() => rmSync(stateDirectory, { recursive: true, force: true }));
  const kafka = await startBroker({
    stateDirectory,
    port,
    proxied: { port: proxied, advertisedPort: proxies.kafka.port },
  });
  scope.defer(() => kafka.stop());
  await ensureTopics([`${LOCAL_HOST}:${port}`], topics);
  await db.database.query(
    `INSERT INTO orders VALUES ('sample-1', 'c', 'p', 1, 100, 100, 'COMPLETED', NULL, 1, now(), now())`,
  );
  databaseUrl.port = `${proxies.postgres.port}`;
  handlers = scope.use(
    startHandlerProcess({
      KAFKA_BROKERS: `${LOCAL_HOST}:${proxies.kafka.port}`,
      DATABASE_URL: databaseUrl.toString(),
    }),
  );
});
beforeEach(connectAll);
afterAll(() => scope.disposeAsync());

async function connectAll(): Promise<void> {
  for (const file of Object.keys(handlerEvents)) {
    await call(file);
  }
}

const call = (file: string): Promise<ChildAnswer> => handlers.invoke(file, handlerEvents[file]);

/** Freezes the process, and silently drops its connections meanwhile, as a NAT gateway does. */
function freeze(ms: number): void {
  process.kill(handlers.pid, 'SIGSTOP');
  proxies.kafka.begin({ kind: 'half-open' });
  proxies.postgres.begin({ kind: 'half-open' });
  clockAheadMs += ms;
  handlers.turnClock(clockAheadMs);
  process.kill(handlers.pid, 'SIGCONT');
}

/** Freezes the process and makes these calls at once, again when one of them is late. */
async function callsAfterFreeze(...files: readonly string[]): Promise<ChildAnswer[]> {
  for (let attempt = 1; ; attempt += 1) {
    freeze(61_000);
    const answers = await Promise.all(files.map(call));
    if (attempt === ATTEMPTS || answers.every(({ ms }) => ms < LOST_CONNECTION_MS)) {
      return answers;
    }
    await connectAll();
  }
}

const succeeded = ({ answer, threw, ms }: ChildAnswer): boolean =>
  threw === undefined && ms < LOST_CONNECTION_MS && !/"statusCode":5/.test(JSON.stringify(answer ?? null));

describe('a process that was frozen for more than a minute and lost its connections', () => {
  test.each(Object.keys(handlerEvents))('works at its first call, of %s', async (file) => {
    const answers = await callsAfterFreeze(file);

    expect(answers).toMatchObject([{ pending: [] }]);
    expect(answers.filter((answer) => !succeeded(answer))).toEqual([]);
  });

  test('works when its first calls are concurrent', async () => {
    const answers = await callsAfterFreeze(...Array(20).fill('functions/http/cancel-order.ts'));

    expect(answers.filter((answer) => !succeeded(answer))).toEqual([]);
  });
});

test('a process that paused for less than a minute opens no new connections', async () => {
  const opened = (): number[] => [proxies.kafka.openedConnections(), proxies.postgres.openedConnections()];
  const before = opened();
  clockAheadMs += 50_000;
  handlers.turnClock(clockAheadMs);

  await call('functions/http/cancel-order.ts');

  expect(opened()).toEqual(before);
});
