import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { signingSecret } from '../../../lib/fulfilment/signing-secret.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { freshDatabase } from '../../support/database.ts';
import { kafkaEventFile } from '../../support/events.ts';
import { SECRET } from '../../support/fulfilment-receiver.ts';
import { startHandlerProcess } from '../../support/handler-process.ts';
import { testBrokers } from '../../support/kafka.ts';
import { type SecretsManager, startSecretsManager } from '../../support/secrets-manager.ts';
import { storeWaitingOrders } from '../../support/waiting-orders.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:fulfilment-AbCdEf';
const ROTATED = 'whsec_cm90YXRlZC1zZWNyZXQtb2YtdGhlLXRlc3RzLTEyMw==';
const MINUTE_MS = 60_000;

let secretsManager: SecretsManager;

beforeEach(async () => {
  secretsManager = await startSecretsManager();
  secretsManager.secrets.set(ARN, SECRET);
});

afterEach(async () => {
  await secretsManager[Symbol.asyncDispose]();
});

function read(clock = () => 0): () => Promise<string> {
  return signingSecret(ARN, {
    region: 'eu-west-1',
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
    clock,
    endpoint: secretsManager.endpoint,
  });
}

test('the secret is read once for many calls; a rotated secret is used five minutes later', async () => {
  let now = 0;
  const secret = read(() => now);

  const first = await Promise.all([secret(), secret()]);
  secretsManager.secrets.set(ARN, ROTATED);
  now = 4 * MINUTE_MS;
  const kept = await secret();
  now = 5 * MINUTE_MS;
  const renewed = await secret();

  expect([...first, kept, renewed]).toEqual([SECRET, SECRET, SECRET, ROTATED]);
  expect(secretsManager.asked).toHaveLength(2);
});

test('a secret that Secrets Manager does not return is secret_unavailable, and works as soon as it is returned', async () => {
  const secret = read();
  secretsManager.status = 403;

  await expect(secret()).rejects.toMatchObject({ code: 'secret_unavailable', retryable: true });

  secretsManager.status = 200;
  await expect(secret()).resolves.toBe(SECRET);
});

test.each(['secret', JSON.stringify({ secret: SECRET }), `${SECRET}\n`])(
  'an invalid signing secret is reported, and the message does not contain it: %j',
  async (text) => {
    secretsManager.secrets.set(ARN, text);

    const rejection = await read()().catch((error: unknown) => error);

    expect(rejection).toMatchObject({
      code: 'secret_unavailable',
      message: expect.stringContaining('must be whsec_ and 24 to 64 bytes in base64'),
    });
    expect(JSON.stringify([String(rejection), String(Object(rejection).cause)])).not.toContain(SECRET);
  },
);

test('while the secret cannot be read, fulfil-orders and retry-orders fail before they claim an order, which stays due', async () => {
  await using db = await freshDatabase();
  await storeWaitingOrders(db.database, () => Date.now(), ['sample-processing-1']);
  secretsManager.status = 403;
  using handlers = startHandlerProcess({
    KAFKA_BROKERS: testBrokers().join(),
    DATABASE_URL: db.url,
    FULFILMENT_URL: `http://${LOCAL_HOST}:${await freePort()}`,
    FULFILMENT_SECRET_ARN: ARN,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
  });

  const batch = await handlers.invoke(
    'functions/kafka/fulfil-orders.ts',
    kafkaEventFile('status-processing'),
  );
  const run = await handlers.invoke('functions/scheduled/retry-orders.ts', {});

  expect([batch, run]).toMatchObject([{ threw: 'secret_unavailable' }, { threw: 'secret_unavailable' }]);
  const { rows } = await db.database.query('SELECT attempts, lease_token FROM fulfilment_attempts');
  expect(rows).toEqual([{ attempts: 0, lease_token: null }]);
});
