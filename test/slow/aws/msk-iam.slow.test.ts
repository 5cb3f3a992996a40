import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AwsCredentials } from '../../../lib/aws/aws-credentials.ts';
import { createKafkaClient } from '../../../lib/kafka/client.ts';
import { createClusterCheck } from '../../../lib/kafka/cluster-check.ts';
import { mskIam } from '../../../lib/kafka/msk-iam.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { KafkaSecurity } from '../../../lib/kafka/security.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { countConnections } from '../../support/connection-count.ts';
import {
  ADMINISTRATOR,
  authority,
  BUSY,
  type IamBroker,
  SECRET_ACCESS_KEY,
  startIamBroker,
  TEMPORARY,
} from '../../support/iam/iam-broker.ts';
import { openAdmin } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

const TOPIC = 'orders';
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** kafkajs authenticates again 10 s before a session expires: here every two seconds. */
const SESSION_MS = 12_000;

const key = (accessKeyId: string): AwsCredentials => ({ accessKeyId, secretAccessKey: SECRET_ACCESS_KEY });
const valid = key(ADMINISTRATOR);

let broker: IamBroker;

beforeAll(async () => {
  broker = await startIamBroker(SESSION_MS);
  await using admin = await openAdmin([broker.open]);
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
});

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

test('a producer with credentials authenticates over TLS, and again before its session expires, and continues', async () => {
  await using producer = newProducer(security(), 30 * SECOND_MS);
  const endsAt = Date.now() + SESSION_MS + 3 * SECOND_MS;
  const offsets: bigint[] = [];

  while (Date.now() < endsAt) {
    const { offset } = await producer.send(TOPIC, { key: 'k', value: offsets.length });
    offsets.push(offset);
  }

  expect(offsets).toEqual(offsets.map((_, index) => (offsets[0] ?? 0n) + BigInt(index)));
});

test.each([
  ['a dead one first', async () => `${LOCAL_HOST}:${await freePort()}`],
  ['itself first', async () => broker.iam],
])(
  'with several brokers, %s, a kafkajs client authenticates on the connection that has answered',
  async (_which, other) => {
    using connections = countConnections();
    const client = createKafkaClient({
      brokers: [await other(), broker.iam],
      clientId: 'several',
      requestTimeoutMs: 5 * SECOND_MS,
      security: security(),
    });
    try {
      const admin = client.kafka.admin();
      await admin.connect();

      expect(await admin.listTopics()).toContain(TOPIC);
      expect(connections.to(broker.iam)).toBe(1);
    } finally {
      client.destroy();
    }
  },
);

test('temporary credentials are accepted, and rejected without their session token', async () => {
  const temporary = { ...valid, ...TEMPORARY };
  await using producer = newProducer(security({ credentials: temporary }));
  await using without = newProducer(security({ credentials: key(temporary.accessKeyId) }));

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).resolves.toMatchObject({ topic: TOPIC });
  await expect(without.send(TOPIC, { key: 'k', value: 1 })).rejects.toMatchObject({
    cause: { code: 'login_refused', message: expect.stringContaining('token included') },
  });
});

test.each([
  ['credentials_expired', { credentials: { ...valid, sessionToken: 'expired-session' } }],
  ['credentials_expired', { credentials: key('SHORT') }],
  ['clock_skewed', { skewMs: 10 * MINUTE_MS }],
  ['clock_skewed', { skewMs: -20 * MINUTE_MS }],
  ['login_refused', { credentials: key('DENIED') }],
  ['login_refused', { credentials: key('REFUSED') }],
  ['login_refused', { credentials: { ...valid, secretAccessKey: 'another' } }],
  ['aws_credentials_missing', { credentials: undefined }],
])(
  '%s is reported at once as the cause, and the same producer works after it is fixed',
  async (code, wrong) => {
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
  },
);

test('with a clock that is 10 minutes slow, nothing fails when a token expires', async () => {
  const now = { credentials: valid, skewMs: -15 * MINUTE_MS + 14 * SECOND_MS };
  await using producer = newProducer(security(now));
  const check = createClusterCheck({ brokers: [broker.iam], clientId: 'iam-test', security: security(now) });
  await producer.send(TOPIC, { key: 'k', value: 'signed when the time was right' });
  await check(TOPIC);
  now.skewMs = -10 * MINUTE_MS; // nearly five minutes later: the token is still cached, and lives for 14 s
  const endsAt = Date.now() + 16 * SECOND_MS;

  while (Date.now() < endsAt) {
    await producer.send(TOPIC, { key: 'k', value: 'on' });
    await check(TOPIC);
  }
});

test('a cached token that is rejected is replaced at once', async () => {
  await using producer = newProducer(await withKeptToken(key('DENIED')));
  const check = createClusterCheck({
    brokers: [broker.iam],
    clientId: 'iam-test',
    security: await withKeptToken(key('DENIED')),
  });

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).resolves.toMatchObject({ topic: TOPIC });
  await expect(check(TOPIC)).resolves.toBeUndefined();
});

test.each([
  ['aws_credentials_missing', undefined],
  ['credentials_expired', { ...valid, sessionToken: 'expired-session' }],
])('%s within a session is the reported cause of each send until it is fixed', async (code, wrong) => {
  const notKept = { ...valid, expiration: new Date(0) };
  const now: Circumstances = { credentials: notKept };
  await using producer = newProducer(security(now));
  const send = () =>
    producer.send(TOPIC, { key: 'k', value: 1 }).then(
      () => 'stored',
      (error) => `${error.code}: ${error.cause?.code}`,
    );
  const before = await send();

  now.credentials = wrong;
  const endsAt = Date.now() + 4 * SECOND_MS;
  const meanwhile: string[] = [];
  while (Date.now() < endsAt) {
    meanwhile.push(await send());
  }
  now.credentials = notKept;

  expect([before, await send()]).toEqual(['stored', 'stored']);
  expect([...new Set(meanwhile)]).toEqual(['stored', `kafka_unavailable: ${code}`]);
});

test.each([key('REFUSED'), key('DENIED')])(
  'a token of $accessKeyId that is rejected within a session is replaced, and no send fails',
  async (wrong) => {
    let asked = 0;
    const iam = mskIam({
      region: 'eu-west-1',
      clock: systemClock,
      credentials: async () => {
        asked += 1;
        return { ...(asked === 2 ? wrong : valid), expiration: new Date(0) };
      },
    });
    await using producer = newProducer({ ...iam, tls: { ca: authority() } });

    await until('log-ins after the rejected one', async () => {
      await producer.send(TOPIC, { key: 'k', value: asked });
      return asked > 3;
    });
  },
);

test('a credentials provider that does not respond times out, and is called again', async () => {
  const now: Circumstances = { credentials: 'never' };
  await using producer = newProducer(security(now));
  const check = createClusterCheck({ brokers: [broker.iam], clientId: 'iam-test', security: security(now) });

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).rejects.toMatchObject({
    code: 'kafka_unavailable',
    cause: { code: 'aws_credentials_missing' },
  });
  await expect(check(TOPIC)).rejects.toMatchObject({ code: 'aws_credentials_missing' });

  now.credentials = valid;
  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).resolves.toMatchObject({ topic: TOPIC });
  await expect(check(TOPIC)).resolves.toBeUndefined();
});

test('a token provider that never responds is not awaited beyond the deadline', async () => {
  const { tls } = security();
  let gives = false;
  const hanging: KafkaSecurity = {
    tls,
    bearer: {
      rejected: () => undefined,
      token: () => (gives ? (security().bearer?.token() ?? never()) : never()),
    },
  };
  await using producer = newProducer(hanging, SECOND_MS);
  const check = createClusterCheck({ brokers: [broker.iam], clientId: 'iam-test', security: hanging });
  const startedAt = performance.now();

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).rejects.toMatchObject({
    code: 'kafka_unavailable',
  });
  await producer.flush();
  await expect(check(TOPIC)).rejects.toMatchObject({ message: expect.any(String) });

  // A second for the send and two for the check. The rest is for a busy machine.
  expect(performance.now() - startedAt).toBeLessThan(9_000);
  gives = true;
  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).resolves.toMatchObject({ topic: TOPIC });
});

test('a rate limit for connections is retried within the deadline', async () => {
  await using producer = newProducer(security({ credentials: key(BUSY) }));

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).resolves.toMatchObject({ topic: TOPIC });
});

test('a lasting rate limit is reported by the deadline', async () => {
  await using producer = newProducer(security({ credentials: key('BUSY') }), 2 * SECOND_MS);

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).rejects.toMatchObject({
    code: 'kafka_unavailable',
    message: expect.stringContaining('Too many connects'),
  });
});

test('a connection that is lost during a login is opened again', async () => {
  await using unstable = await cuttingLogins(2);
  await using producer = createProducer<Record<string, unknown>>({ ...unstable, clientId: 'iam-test' });

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).resolves.toMatchObject({ topic: TOPIC });
  expect(unstable.left()).toBe(0);
});

test('a connection that is lost during a login is not an authentication failure for the health check', async () => {
  await using unstable = await cuttingLogins(1);
  const check = createClusterCheck({ ...unstable, clientId: 'iam-test' });

  await expect(check(TOPIC)).rejects.toMatchObject({ name: expect.stringContaining('KafkaJS') });
  await expect(check(TOPIC)).resolves.toBeUndefined();
});

test('the health check reports why authentication failed', async () => {
  const check = createClusterCheck({
    brokers: [broker.iam],
    clientId: 'iam-test',
    security: security({ credentials: undefined }),
  });

  await expect(check(TOPIC)).rejects.toMatchObject({ code: 'aws_credentials_missing' });
});

test.each([
  ['of an unknown authority', true as const],
  ['of another host', { ca: authority(), servername: 'b-1.example.invalid' }],
])('a broker with a certificate %s is rejected', async (_, tls) => {
  await using producer = newProducer({ ...security(), tls });

  await expect(producer.send(TOPIC, { key: 'k', value: 1 })).rejects.toMatchObject({
    code: 'kafka_unavailable',
    message: expect.stringContaining('certificate'),
  });
});

interface Circumstances {
  credentials?: AwsCredentials | 'never' | undefined;
  skewMs?: number;
}

/** Reads the circumstances for each token. */
function security(now: Circumstances = { credentials: valid }): KafkaSecurity {
  const iam = mskIam({
    region: 'eu-west-1',
    clock: () => systemClock() + (now.skewMs ?? 0),
    credentials: async () => {
      if (now.credentials === undefined) {
        throw new Error('no credentials');
      }
      return now.credentials === 'never' ? never() : now.credentials;
    },
  });
  return { ...iam, tls: { ca: authority() } };
}

/** The credentials are valid, but a token of other credentials is cached. */
async function withKeptToken(credentials: AwsCredentials): Promise<KafkaSecurity> {
  const now = { credentials };
  const iam = security(now);
  await iam.bearer?.token();
  now.credentials = valid;
  return iam;
}

const never = (): Promise<never> => new Promise(() => undefined);

function newProducer(by: KafkaSecurity, deadlineMs = 4_000): Producer<Record<string, unknown>> {
  return createProducer({ brokers: [broker.iam], clientId: 'iam-test', security: by, deadlineMs });
}

interface CutLogins extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly security: KafkaSecurity;
  /** The number of logins that are still to be cut. */
  readonly left: () => number;
}

/** A proxy that closes the connection of the given number of logins before the token arrives. */
async function cuttingLogins(times: number): Promise<CutLogins> {
  const iam = security();
  let left = times;
  let cuts = false;
  const token = async (): Promise<string> => {
    const made = (await iam.bearer?.token()) ?? '';
    cuts = left > 0; // the client sends the token next
    return made;
  };
  const [host, port] = broker.iam.split(':');
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), host);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.on('error', end).on('close', end);
    }
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      if (cuts) {
        cuts = false;
        left -= 1;
        end();
      } else {
        upstream.write(bytes);
      }
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    brokers: [`${host}:${Object(server.address()).port}`],
    security: { ...iam, bearer: { token, rejected: () => undefined } },
    left: () => left,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
