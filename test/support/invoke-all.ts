import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { freshDatabase, queryOnce } from './database.ts';
import { handlerEvents } from './handler-events.ts';
import { type ChildAnswer, startHandlerProcess } from './handler-process.ts';
import { testBrokers } from './kafka.ts';

/** By function. */
export type Outcomes = Readonly<Record<string, ChildAnswer>>;

/** `unavailable`: connections are refused. `mute`: connections are accepted, but never answered. */
type Outage = 'unavailable' | 'mute';

export interface Situation {
  readonly kafka?: Outage;
  readonly postgres?: Outage;
  readonly receiver?: Outage;
  /** Without it, there are no traces. */
  readonly collector?: Outage;
}

/** Enough for a run of the relay. */
const REMAINING_MS = 30_000;

/** Invokes every function sequentially in one process, so that each one sees the connections of the previous ones. */
export async function invokeAll({
  kafka,
  postgres,
  receiver: calls,
  collector,
}: Situation): Promise<Outcomes> {
  await using scope = new AsyncDisposableStack();
  const mute = await listening(scope.adopt(net.createServer(), closeServer));
  const receiver = await listening(
    scope.adopt(
      createServer((_request, response) => response.end()),
      closeServer,
    ),
  );
  const nobody = await freePort();
  const place = (trouble: Outage): string => `${LOCAL_HOST}:${trouble === 'mute' ? mute : nobody}`;
  const db = scope.use(await freshDatabase());
  await queryOnce(
    db.url,
    `INSERT INTO outbox (created_at, kind, order_ids, versions)
     VALUES (now() - interval '1 minute', 'order_status', '{sample-poison-1}', '{1}')`,
  );
  using handlers = startHandlerProcess({
    STAGE: 'test', // the log is JSON, as on Lambda, with all fields of errors
    AUTH: 'none',
    KAFKA_BROKERS: kafka ? place(kafka) : testBrokers().join(),
    DATABASE_URL: postgres ? `postgresql://postgres@${place(postgres)}/orderly` : db.url,
    FULFILMENT_URL: `http://${calls ? place(calls) : `${LOCAL_HOST}:${receiver}`}`,
    FULFILMENT_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0xMjM0NTY=',
    ...(collector && {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${place(collector)}`,
      OTEL_TRACES_SAMPLER_ARG: '1',
    }),
  });
  const answers: [string, ChildAnswer][] = [];
  for (const [file, event] of Object.entries(handlerEvents)) {
    answers.push([file, await handlers.invoke(file, event, { remainingMs: REMAINING_MS })]);
  }
  return Object.fromEntries(answers);
}

/** Resolves to the port. */
async function listening(server: net.Server): Promise<number> {
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

const closeServer = (server: net.Server): void => void server.close();

/** Returns the HTTP status of an answer, the code of an error, or `returned`. */
function resultOf({ answer, threw }: ChildAnswer = { ms: 0, pending: [] }): unknown {
  const hasStatus = typeof answer === 'object' && answer !== null && 'statusCode' in answer;
  return hasStatus ? answer.statusCode : (threw ?? 'returned');
}

/** Returns the results of a write, a read and a batch, which show whether the functions reached their servers. */
export const resultsOf = (outcomes: Outcomes): unknown[] =>
  [
    'functions/http/create-order.ts',
    'functions/http/list-orders.ts',
    'functions/kafka/process-orders.ts',
  ].map((file) => resultOf(outcomes[file]));
