import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics } from '../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../local/kafka/ensure-topics.ts';
import { httpEventFile } from '../../support/events.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import {
  CERTIFICATES,
  type IamBroker,
  SECRET_ACCESS_KEY,
  startIamBroker,
  TEMPORARY,
} from '../../support/iam/iam-broker.ts';
import { until } from '../../support/until.ts';

const MINUTE_MS = 60_000;

/** Removes the credentials from the environment of the process, or restores them, with each SIGUSR2. */
const vanishing = `
  let away = {};
  process.on('SIGUSR2', () => {
    const here = { ...process.env };
    const names = Object.keys(here).filter((name) => /^AWS_(ACCESS|SECRET|SESSION)/.test(name));
    for (const name of names) delete process.env[name];
    Object.assign(process.env, away);
    away = Object.fromEntries(names.map((name) => [name, here[name]]));
    console.log(names.length === 0 ? 'credentials are restored' : 'credentials are removed');
  });`;

let broker: IamBroker;

beforeAll(async () => {
  broker = await startIamBroker(15 * MINUTE_MS);
  await ensureTopics([broker.open], topics);
});

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

test('a function with a role accepts orders, logs missing credentials, and accepts orders again once they are restored', async () => {
  using handlers = startHandlerProcess({
    STAGE: 'iam', // not `local`: the log is JSON, as on Lambda
    AUTH: 'none',
    KAFKA_BROKERS: broker.iam,
    KAFKA_AUTH: 'iam',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: TEMPORARY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN: TEMPORARY.sessionToken,
    NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem'),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(vanishing)}`,
  });
  const statuses = [await createOrder(handlers)];

  await turn(handlers, 'credentials are removed');
  handlers.turnClock(6 * MINUTE_MS); // the token is cached for five minutes
  statuses.push(await createOrder(handlers), await createOrder(handlers));
  await turn(handlers, 'credentials are restored');
  handlers.turnClock(1);
  statuses.push(await createOrder(handlers));

  expect(statuses).toEqual([202, 503, 503, 202]);
  expect(handlers.output()).toContain('aws_credentials_missing');
});

async function createOrder(handlers: HandlerProcess): Promise<unknown> {
  const { answer } = await handlers.invoke('functions/http/create-order.ts', httpEventFile('create-order'));
  return Object(answer).statusCode;
}

async function turn(handlers: HandlerProcess, done: string): Promise<void> {
  process.kill(handlers.pid, 'SIGUSR2');
  await until(done, async () => handlers.output().includes(done));
}
