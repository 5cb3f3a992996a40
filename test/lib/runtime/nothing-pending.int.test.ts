import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { freshDatabase, queryOnce } from '../../support/database.ts';
import { handlerEvents, handlerFiles } from '../../support/handler-events.ts';
import { type ChildAnswer, startHandlerProcess } from '../../support/handler-process.ts';
import { testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';

/** What became of each function. */
type Outcomes = Readonly<Record<string, ChildAnswer>>;

/** Away: nobody listens. Mute: connections are taken, and nothing is ever answered. */
type Trouble = 'away' | 'mute';

interface Situation {
  readonly kafka?: Trouble;
  readonly postgres?: Trouble;
  readonly receiver?: Trouble;
}

const situations: Readonly<Record<string, Situation>> = {
  'everything works': {},
  'Kafka is away': { kafka: 'away' },
  'Kafka is mute': { kafka: 'mute' },
  'PostgreSQL is away': { postgres: 'away' },
  'PostgreSQL is mute': { postgres: 'mute' },
  'the receiver of webhooks is away': { receiver: 'away' },
  'the receiver of webhooks is mute': { receiver: 'mute' },
};

/** Enough for a relay to begin, and to end within. */
const REMAINING_MS = 30_000;

const outcomes = new Map<string, Outcomes>();
const mute = net.createServer();
const receiver = createServer((_request, response) => response.end());

beforeAll(async () => {
  await ensureOrdersTopic();
  for (const server of [mute, receiver]) {
    server.listen(0, LOCAL_HOST);
    await once(server, 'listening');
  }
  await Promise.all(
    Object.entries(situations).map(async ([name, situation]) => {
      outcomes.set(name, await invokeAll(situation));
    }),
  );
}, 240_000);
afterAll(() => {
  mute.close();
  receiver.close();
});

/** Every function in one process, one after the other, so that each finds what the ones before have left. */
async function invokeAll({ kafka, postgres, receiver: calls }: Situation): Promise<Outcomes> {
  const nobody = await freePort();
  const place = (trouble: Trouble): string => `${LOCAL_HOST}:${trouble === 'mute' ? portOf(mute) : nobody}`;
  await using db = await freshDatabase();
  await queryOnce(
    db.url,
    `INSERT INTO outbox (created_at, kind, order_ids, versions)
     VALUES (now() - interval '1 minute', 'order_status', '{sample-poison-1}', '{1}')`,
  );
  using handlers = startHandlerProcess({
    KAFKA_BROKERS: kafka ? place(kafka) : testBrokers().join(),
    DATABASE_URL: postgres ? `postgresql://postgres@${place(postgres)}/orderly` : db.url,
    FULFILMENT_URL: `http://${calls ? place(calls) : `${LOCAL_HOST}:${portOf(receiver)}`}`,
    FULFILMENT_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0xMjM0NTY=',
  });
  const answers: [string, ChildAnswer][] = [];
  for (const [file, event] of Object.entries(handlerEvents)) {
    answers.push([file, await handlers.invoke(file, event, { remainingMs: REMAINING_MS })]);
  }
  return Object.fromEntries(answers);
}

function portOf(server: net.Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

describe.each(Object.keys(situations))('while %s', (situation) => {
  test.each(Object.keys(handlerEvents))('%s has nothing under way when it has returned', (file) => {
    const outcome = outcomes.get(situation)?.[file];

    expect(outcome?.pending).toEqual([]);
  });
});

test('every function is looked at', () => {
  expect(Object.keys(handlerEvents).sort()).toEqual(handlerFiles);
});

test('the functions did come to their servers', () => {
  const write = 'functions/http/create-order.ts';
  const read = 'functions/http/list-orders.ts';
  const batch = 'functions/kafka/process-orders.ts';

  const results = [...outcomes].map(([situation, answers]) => [
    situation,
    [write, read, batch].map((file) => resultOf(answers[file])),
  ]);

  expect(Object.fromEntries(results)).toEqual({
    'everything works': [202, 200, 'returned'],
    'Kafka is away': [503, 200, 'returned'],
    'Kafka is mute': [503, 200, 'returned'],
    'PostgreSQL is away': [202, 503, 'database_unavailable'],
    'PostgreSQL is mute': [202, 503, expect.stringMatching(/^database_/)],
    'the receiver of webhooks is away': [202, 200, 'returned'],
    'the receiver of webhooks is mute': [202, 200, 'returned'],
  });
});

function resultOf({ answer, threw }: ChildAnswer = { ms: 0, pending: [] }): unknown {
  const hasStatus = typeof answer === 'object' && answer !== null && 'statusCode' in answer;
  return hasStatus ? answer.statusCode : (threw ?? 'returned');
}
