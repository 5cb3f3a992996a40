import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createConsumer } from '../../../lib/kafka/consumer/consumer.ts';
import { mskIam } from '../../../lib/kafka/msk-iam.ts';
import { createProducer } from '../../../lib/kafka/producer/producer.ts';
import type { KafkaSecurity } from '../../../lib/kafka/security.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { ADMINISTRATOR, authority, type IamBroker, startIamBroker } from '../../support/iam/iam-broker.ts';
import { freshTopic } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

/** kafkajs authenticates again 10 s before a session expires: here every two seconds. */
const SESSION_MS = 12_000;

let broker: IamBroker;

beforeAll(async () => {
  broker = await startIamBroker(SESSION_MS);
});

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

function security(accessKeyId: string): KafkaSecurity {
  const iam = mskIam({
    region: 'eu-west-1',
    clock: systemClock,
    credentials: async () => ({ accessKeyId, secretAccessKey: 'secret' }),
  });
  return { ...iam, tls: { ca: authority() } };
}

test('a consumer with IAM continues when its sessions expire, without a warning, and misses no message', async () => {
  const topic = await freshTopic(1, [broker.open]);
  await using producer = createProducer({ brokers: [broker.open], clientId: 'test', deadlineMs: 60_000 });
  const seen: unknown[] = [];
  const warnings: string[] = [];
  await using consumer = createConsumer({
    brokers: [broker.iam],
    clientId: 'iam-test',
    security: security(ADMINISTRATOR),
    topics: [topic],
    onWarning: (warning) => warnings.push(warning),
  });
  await consumer.start(({ value }) => seen.push(value));

  const startedAt = performance.now();
  let sent = 0;
  await until('two sessions have expired', async () => {
    await producer.send(topic, { key: 'k', value: sent });
    sent += 1;
    return performance.now() - startedAt > 2 * SESSION_MS + 2_000;
  });
  await until('all messages are handled', () => seen.length === sent);

  expect(seen).toEqual(Array.from({ length: sent }, (_, index) => index));
  expect(warnings).toEqual([]);
});

test('a consumer that fails to authenticate reports the reason, and retries', async () => {
  const topic = await freshTopic(1, [broker.open]);
  const warned = Promise.withResolvers<unknown>();
  await using consumer = createConsumer({
    brokers: [broker.iam],
    clientId: 'iam-test',
    security: security('DENIED'),
    topics: [topic],
    onWarning: (_warning, cause) => warned.resolve(cause),
  });

  void consumer.start(() => undefined);

  expect(await warned.promise).toMatchObject({ code: 'login_refused' });
});
