import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { checkDestination, createDestination } from '../../src/destination/failure-destination.ts';
import { FUNCTION_ARN } from '../support/discarded-batch.ts';
import { aLog } from '../support/log.ts';

const SOURCE = join(import.meta.dirname, '../../src');
const queueArn = 'arn:aws:sqs:eu-west-1:111122223333:orders-dlq';

test('the start accepts an SQS destination if the SDK is installed, and a Kafka destination always', () => {
  const check = (): void => {
    checkDestination({ type: 'sqs', queueArn });
    checkDestination({ type: 'kafka', topic: 'orders-dlt' });
  };

  expect(check).not.toThrow();
});

test('without the SDK, the start reports the package to install', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-'));
  cpSync(join(SOURCE, 'destination'), join(directory, 'destination'), { recursive: true });
  cpSync(join(SOURCE, 'errors.ts'), join(directory, 'errors.ts'));
  const program =
    "import { assertSqsClientInstalled } from './destination/sqs-destination.ts';" +
    'try { assertSqsClientInstalled(); } catch ({ code, message }) { console.log(code + ": " + message); }';

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: directory,
    env: {},
  });
  rmSync(directory, { recursive: true });

  expect(stdout.trim()).toBe(
    'invalid_configuration: an SQS queue as an on-failure destination needs the client of the AWS SDK: npm install @aws-sdk/client-sqs',
  );
});

test.each([
  [
    {},
    [
      `warning sqs:orders-dlq: no sqsEndpoint is set, so failed batches go to the real queue on AWS (${queueArn})`,
    ],
  ],
  [{ sqsEndpoint: 'http://localhost:9324' }, []],
])('with %j an SQS destination warns of the real queue only if no endpoint is set', (endpoint, expected) => {
  const { log, lines } = aLog();
  const cluster = { bootstrapServers: 'localhost:9092', security: {}, sessionTimeoutMs: 6_000 };

  const destination = createDestination(
    { type: 'sqs', queueArn },
    { cluster, functionArn: FUNCTION_ARN, log, ...endpoint },
  );

  expect(lines).toEqual(expected);
  expect(destination.label).toBe('sqs:orders-dlq');
});
