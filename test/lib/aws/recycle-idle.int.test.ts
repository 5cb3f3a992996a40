import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { topics } from '../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../local/kafka/topics.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { startTcpProxy, type TcpProxy } from '../../integrity/cluster/tcp-proxy.ts';
import { freshDatabase } from '../../support/database.ts';
import { handlerEvents } from '../../support/handler-events.ts';
import { type ChildAnswer, type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { startBroker } from '../../support/start-broker.ts';
import { createTestState } from '../../support/test-state.ts';

/** Less than what is waited for a connection that does not answer: 2 s for Kafka's, 4 s for PostgreSQL's. */
const NORMAL_MS = 1_500;

const scope = new AsyncDisposableStack();
let proxies: { kafka: TcpProxy; postgres: TcpProxy };
let handlers: HandlerProcess;
let clockAheadMs = 0;

beforeAll(async () => {
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
beforeEach(async () => {
  for (const file of Object.keys(handlerEvents)) {
    await call(file);
  }
});
afterAll(() => scope.disposeAsync());

const call = (file: string): Promise<ChildAnswer> => handlers.invoke(file, handlerEvents[file]);

/** Stops the process, and takes its connections from it without a word meanwhile, as a NAT gateway does. */
function freeze(ms: number): void {
  process.kill(handlers.pid, 'SIGSTOP');
  proxies.kafka.begin({ kind: 'half-open' });
  proxies.postgres.begin({ kind: 'half-open' });
  clockAheadMs += ms;
  handlers.turnClock(clockAheadMs);
  process.kill(handlers.pid, 'SIGCONT');
}

const succeeded = ({ answer, threw, ms }: ChildAnswer): boolean =>
  threw === undefined && ms < NORMAL_MS && !/"statusCode":5/.test(JSON.stringify(answer ?? null));

describe('a process that was frozen for more than a minute, and has lost its connections', () => {
  test.each(Object.keys(handlerEvents))('works at its first call, which is of %s', async (file) => {
    freeze(61_000);

    const first = await call(file);

    expect({ ...first, succeeded: succeeded(first) }).toMatchObject({ pending: [], succeeded: true });
  });

  test('works when its first calls come at once', async () => {
    freeze(61_000);

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('functions/http/cancel-order.ts')),
    );

    expect(answers.filter((answer) => !succeeded(answer))).toEqual([]);
  });
});

test('a process that paused for less than a minute keeps its connections', async () => {
  const before = [proxies.kafka.connections(), proxies.postgres.connections()];
  clockAheadMs += 50_000;
  handlers.turnClock(clockAheadMs);

  await call('functions/http/cancel-order.ts');

  expect([proxies.kafka.connections(), proxies.postgres.connections()]).toEqual(before);
});
