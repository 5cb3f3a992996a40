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
import { preparedEvents } from './prepared-events.ts';
import { startTraceCollector, tracedEnvironment } from './trace-collector.ts';

/** The time to the first answer of a function with a setting. */
export interface SettingCost {
  readonly functionName: string;
  readonly setting: string;
  /** Median. */
  readonly answerMs: number;
  /** The median of the differences to the first setting in the same round; undefined for the first setting. */
  readonly addedMs: number | undefined;
}

interface Setting {
  readonly setting: string;
  readonly process: ColdProcess;
  /** Changes the event of the function. */
  readonly change?: (event: unknown) => unknown;
}

const ROUNDS = 15;
/** A Java process that has just started is slow at its first handshakes. */
const WARM_UP_ROUNDS = 10;
const SESSION_MS = 15 * 60_000;

/** No setting enables TLS without authentication. Only the Kafka client uses this function. */
const KAFKA_OVER_TLS = `require('node:net').connect = require('node:tls').connect;`;

/** Measures how much longer a cold start is with Kafka authentication, with a bearer token and with an exported trace. */
export async function benchSettings(
  functions: readonly ColdFunction[],
  servers: OwnServers,
): Promise<SettingCost[]> {
  await using collector = await startTraceCollector();
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
  const toKafka: readonly Setting[] = [
    { setting: 'neither', process: { environment: over(broker.open) } },
    { setting: 'Kafka over TLS', process: { environment: over(broker.tls), prelude: KAFKA_OVER_TLS } },
    { setting: 'Kafka with IAM, over TLS', process: { environment: { ...over(broker.iam), ...iam } } },
  ];
  const authorization = `Bearer ${await issuer.token()}`;
  const toApi: Setting = {
    setting: 'a bearer token',
    process: { environment: { ...over(broker.open), ...issuer.environment } },
    change: (event) => withHeader(event, { authorization }),
  };
  const traced = { environment: { ...over(broker.open), ...tracedEnvironment(collector, 1) } };
  const costs: SettingCost[] = [];
  for (const each of functions) {
    if (each.name === 'createOrder') {
      const tracedRequest = { setting: 'an exported trace', process: traced };
      costs.push(...(await compare(each, [...toKafka, toApi, tracedRequest])));
    } else if (each.name === 'processOrders') {
      const tracedBatch = {
        setting: 'an exported trace of 10 of the 100 orders',
        process: traced,
        change: () => preparedEvents(1, 100, 0.1)[0],
      };
      costs.push(...(await compare(each, [...toKafka, tracedBatch])));
    }
  }
  if (collector.exports() === 0) {
    throw new Error('No process exported a trace.');
  }
  await assertPublished(servers.databaseUrl);
  process.off('exit', killBroker);
  return costs;
}

/** Runs all settings in each round, so that other load on the machine affects each of them. */
async function compare(measured: ColdFunction, settings: readonly Setting[]): Promise<SettingCost[]> {
  const answers = new Map(settings.map(({ setting }): [string, number[]] => [setting, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const { setting, process, change = (event: unknown) => event } of settings) {
      const event = (): unknown => change(measured.event());
      const { answerMs } = await startCold({ ...measured, event }, process);
      if (round >= 0) {
        answers.get(setting)?.push(answerMs);
      }
    }
  }
  const [first = []] = answers.values();
  return [...answers].map(([setting, ms]) => ({
    functionName: measured.name,
    setting,
    answerMs: median(ms),
    addedMs:
      ms === first ? undefined : median(ms.map((value, round) => value - (first[round] ?? Number.NaN))),
  }));
}

function withHeader(event: unknown, added: Readonly<Record<string, string>>): unknown {
  const request = Object(event);
  return { ...request, headers: { ...request.headers, ...added } };
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
