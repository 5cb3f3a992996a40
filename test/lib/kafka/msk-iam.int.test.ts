import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { systemClock } from '../../../lib/clock.ts';
import type { AwsCredentials } from '../../../lib/credentials/aws-credentials.ts';
import { createClusterCheck } from '../../../lib/kafka/cluster-check.ts';
import { mskIam } from '../../../lib/kafka/msk-iam.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer.ts';
import type { KafkaSecurity } from '../../../lib/kafka/security.ts';
import { ADMINISTRATOR, authority, type IamBroker, startIamBroker } from '../../support/iam/iam-broker.ts';
import { until } from '../../support/until.ts';

const START_MS = 120_000;
const TOPIC = 'orders';
const MINUTE_MS = 60_000;
/** kafkajs logs in again 10 s before a session ends: here every two seconds. */
const SESSION_MS = 12_000;

const valid: AwsCredentials = { accessKeyId: ADMINISTRATOR, secretAccessKey: 'secret' };

let broker: IamBroker;

beforeAll(async () => {
  broker = await startIamBroker(SESSION_MS);
  const admin = new kafkajs.Kafka({ brokers: [broker.open] }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
}, START_MS);

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

test('a producer with credentials is let in over TLS, logs in again before its session ends, and goes on', async () => {
  let tokens = 0;
  const { tls, bearer } = security();
  await using producer = newProducer({
    tls,
    bearer: {
      refused: () => undefined,
      token: () => {
        tokens += 1;
        return bearer?.token() ?? Promise.reject(new Error('no token'));
      },
    },
  });
  const offsets: bigint[] = [];

  await until('several log-ins', async () => {
    const { offset } = await producer.send(TOPIC, { key: 'k', value: offsets.length });
    offsets.push(offset);
    return tokens > 4;
  });

  expect(offsets).toEqual(offsets.map((_, index) => (offsets[0] ?? 0n) + BigInt(index)));
}, 60_000);

test.each([
  ['credentials_expired', { credentials: { ...valid, sessionToken: 'expired-session' } }],
  ['clock_skewed', { skewMs: 10 * MINUTE_MS }],
  ['clock_skewed', { skewMs: -20 * MINUTE_MS }],
  ['login_refused', { credentials: { ...valid, accessKeyId: 'DENIED' } }],
  ['aws_credentials_missing', { credentials: undefined }],
])('%s is told at once as the cause, and the same producer works when it is mended', async (code, wrong) => {
  const circumstances = { credentials: valid, skewMs: 0, ...wrong };
  await using producer = newProducer(security(circumstances));
  const send = () => producer.send(TOPIC, { key: 'k', value: code });
  const startedAt = performance.now();

  await expect(send()).rejects.toMatchObject({
    code: 'kafka_unavailable',
    retryable: true,
    cause: { code, retryable: true },
  });

  expect(performance.now() - startedAt).toBeLessThan(3_000);
  circumstances.credentials = valid;
  circumstances.skewMs = 0;
  await expect(send()).resolves.toMatchObject({ topic: TOPIC });
});

test('the health check says why it is not let in', async () => {
  const check = createClusterCheck({
    brokers: [broker.iam],
    clientId: 'iam-test',
    security: security({ credentials: undefined }),
  });

  await expect(check(TOPIC)).rejects.toMatchObject({ code: 'aws_credentials_missing' });
});

test('a broker whose certificate nobody has signed for is not talked to', async () => {
  await using producer = newProducer({ ...security(), tls: true }, 1_000);

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).rejects.toMatchObject({
    code: 'kafka_unavailable',
    message: expect.stringContaining('certificate'),
  });
});

interface Circumstances {
  credentials?: AwsCredentials | undefined;
  skewMs?: number;
}

/** What they are is looked at for each token. */
function security(now: Circumstances = { credentials: valid }): KafkaSecurity {
  const iam = mskIam({
    region: 'eu-west-1',
    clock: () => systemClock() + (now.skewMs ?? 0),
    credentials: () =>
      now.credentials ? Promise.resolve(now.credentials) : Promise.reject(new Error('nobody gives any')),
  });
  return { ...iam, tls: { ca: authority() } };
}

function newProducer(by: KafkaSecurity, deadlineMs = 4_000): Producer<Record<string, unknown>> {
  return createProducer({ brokers: [broker.iam], clientId: 'iam-test', security: by, deadlineMs });
}
