import { join } from 'node:path';
import pg from 'pg';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import {
  ADMINISTRATOR,
  CERTIFICATES,
  SECRET_ACCESS_KEY,
  startIamBroker,
} from '../../test/support/iam/iam-broker.ts';
import { startIssuer } from '../../test/support/issuer.ts';
import { median } from '../median.ts';
import { type ColdFunction, type ColdProcess, openEnvironment, startCold } from './cold-process.ts';
import type { OwnServers } from './own-servers.ts';

export interface Login {
  readonly functionName: string;
  readonly way: string;
  /** Median. */
  readonly answerMs: number;
  /** The median of the differences to the first method in the same round; undefined for the first method. */
  readonly addedMs: number | undefined;
}

interface Way {
  readonly way: string;
  readonly process: ColdProcess;
  readonly authorization?: string;
}

const ROUNDS = 15;
/** A Java process that has just started is slow at its first handshakes. */
const WARM_UP_ROUNDS = 10;
const SESSION_MS = 15 * 60_000;

/** No setting enables TLS without authentication. Only the Kafka client uses this function. */
const KAFKA_OVER_TLS = `require('node:net').connect = require('node:tls').connect;`;

/** Measures what authentication with Kafka and of API clients adds to a cold start. */
export async function benchLogins(functions: readonly ColdFunction[], servers: OwnServers): Promise<Login[]> {
  await using broker = await startIamBroker(SESSION_MS);
  await using issuer = await startIssuer('RS256');
  const killBroker = (): void => void broker[Symbol.asyncDispose]();
  process.once('exit', killBroker); // on Ctrl-C, because the broker is a separate process
  await ensureTopics([broker.open], topics);

  const over = (address: string): Record<string, string> => ({
    ...openEnvironment({ ...servers, brokers: [address] }),
    NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem'), // certificates are verified, as on AWS
  });
  const iam = {
    KAFKA_AUTH: 'iam',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: ADMINISTRATOR,
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
  };
  const toKafka: readonly Way[] = [
    { way: 'no authentication', process: { environment: over(broker.open) } },
    { way: 'Kafka over TLS', process: { environment: over(broker.tls), prelude: KAFKA_OVER_TLS } },
    { way: 'Kafka with IAM, over TLS', process: { environment: { ...over(broker.iam), ...iam } } },
  ];
  const toApi: Way = {
    way: 'a bearer token',
    process: { environment: { ...over(broker.open), ...issuer.environment } },
    authorization: `Bearer ${await issuer.token()}`,
  };
  const logins: Login[] = [];
  for (const each of functions) {
    if (each.name === 'createOrder') {
      logins.push(...(await compare(each, [...toKafka, toApi])));
    } else if (each.name === 'processOrders') {
      logins.push(...(await compare(each, toKafka)));
    }
  }
  await assertPublished(servers.databaseUrl);
  process.off('exit', killBroker);
  return logins;
}

/** Runs all methods in each round, so that other load on the machine affects each of them. */
async function compare(measured: ColdFunction, ways: readonly Way[]): Promise<Login[]> {
  const answers = new Map(ways.map(({ way }): [string, number[]] => [way, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const { way, process, authorization } of ways) {
      const { answerMs } = await startCold(withAuthorization(measured, authorization), process);
      if (round >= 0) {
        answers.get(way)?.push(answerMs);
      }
    }
  }
  const [first = []] = answers.values();
  return [...answers].map(([way, ms]) => ({
    functionName: measured.name,
    way,
    answerMs: median(ms),
    addedMs:
      ms === first ? undefined : median(ms.map((value, round) => value - (first[round] ?? Number.NaN))),
  }));
}

function withAuthorization(measured: ColdFunction, authorization: string | undefined): ColdFunction {
  if (authorization === undefined) {
    return measured;
  }
  const event = (): unknown => {
    const request = Object(measured.event());
    return { ...request, headers: { ...request.headers, authorization } };
  };
  return { ...measured, event };
}

/** Checks the outbox, because a function answers also if Kafka rejects its status events. */
async function assertPublished(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM outbox LIMIT 1');
    if (rowCount !== 0) {
      throw new Error('Kafka has not acknowledged every status event.');
    }
  } finally {
    await client.end();
  }
}
