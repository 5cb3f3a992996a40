import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createDestination, type FailureDestination } from '../../src/destination/failure-destination.ts';
import { aDiscardedBatch, aDiscardedRecord, FUNCTION_ARN } from '../support/discarded-batch.ts';
import { uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { CLUSTER_ARN } from '../support/service.ts';
import { type SqsEmulator, startSqsEmulator } from '../support/sqs-emulator.ts';

const ARN = 'arn:aws:sqs:eu-west-1:000000000000:dlq';

let emulator: SqsEmulator;
const servers: Server[] = [];
const destinations: FailureDestination[] = [];

beforeAll(async () => {
  emulator = await startSqsEmulator();
});

afterEach(async () => {
  await Promise.all(destinations.splice(0).map((destination) => destination.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

afterAll(() => emulator.stop());

function aDestination(
  queueArn: string,
  sqsEndpoint = emulator.endpoint,
  requestTimeoutMs = 8_000,
): FailureDestination {
  const destination = createDestination(
    { type: 'sqs', queueArn },
    {
      cluster: { bootstrapServers: 'localhost:9092', security: {}, sessionTimeoutMs: 6_000 },
      functionArn: FUNCTION_ARN,
      eventSourceArn: CLUSTER_ARN,
      sqsEndpoint,
      requestTimeoutMs,
      log: aLog().log,
    },
  );
  destinations.push(destination);
  return destination;
}

test('each batch becomes one message of its queue, with any host in the queue URL', async () => {
  const name = uniqueName();
  const destination = aDestination(await emulator.createQueue(name));
  const records = [aDiscardedRecord({ offset: 120 }), aDiscardedRecord({ offset: 171 })];

  await destination.send(aDiscardedBatch({ records }));
  await destination.send(aDiscardedBatch({ condition: 'MaximumPayloadSizeExceeded' }));

  const messages = (await emulator.receive(name, 2)).map((body) => JSON.parse(body));
  expect(messages).toHaveLength(2);
  expect(messages).toContainEqual({
    requestContext: {
      requestId: '7b1c2f4e-0d5a-4c55-9d6b-1f6a2f1f0001',
      functionArn: FUNCTION_ARN,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 4,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    KafkaBatchInfo: {
      batchSize: 2,
      eventSourceArn: CLUSTER_ARN,
      bootstrapServers: 'localhost:9092',
      payloadSize: aDiscardedBatch({ records }).event.length,
      recordsInfo: {
        'orders-0': {
          firstRecordOffset: '120',
          lastRecordOffset: '171',
          firstRecordTimestamp: '2026-11-22T10:01:58.001Z',
          lastRecordTimestamp: '2026-11-22T10:02:49.001Z',
        },
      },
    },
  });
  expect(messages).toContainEqual(expect.objectContaining({ responseContext: null }));
});

test('a missing queue is a rejection until it exists', async () => {
  const name = uniqueName();
  const destination = aDestination(`arn:aws:sqs:eu-west-1:000000000000:${name}`);

  const rejected = destination.send(aDiscardedBatch());
  await expect(rejected).rejects.toMatchObject({
    code: 'destination_refused',
    message: `sqs:${name}: the queue does not exist`,
  });
  await emulator.createQueue(name);
  await destination.send(aDiscardedBatch());

  expect(await emulator.receive(name, 1)).toHaveLength(1);
});

test('an unavailable endpoint is not a rejection, and the reason is reported', async () => {
  const destination = aDestination(ARN, 'http://localhost:1');

  const sent = destination.send(aDiscardedBatch());

  await expect(sent).rejects.toMatchObject({
    code: 'destination_unreachable',
    message: expect.stringMatching(/^sqs:dlq: .*ECONNREFUSED.* is set by sqsEndpoint\)$/),
  });
});

test.each([
  ['of the environment', 'AKIAEXAMPLE', 'AKIAEXAMPLE'],
  ['that are invented where the environment has none', '', 'local'],
])('a request to an endpoint is signed with credentials %s', async (_which, accessKeyId, expected) => {
  const signatures: (string | undefined)[] = [];
  const endpoint = await listen((request, response) => {
    signatures.push(request.headers.authorization);
    response.writeHead(500).end();
  });
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, ...others } = process.env;
  const credentials = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: accessKeyId };
  const environment = jest.replaceProperty(process, 'env', { ...others, ...credentials });

  await aDestination(ARN, endpoint)
    .send(aDiscardedBatch())
    .catch(() => undefined);
  environment.restore();

  expect(signatures[0]).toContain(`Credential=${expected}/`);
  expect(signatures[0]).toContain('/eu-west-1/sqs/aws4_request');
});

test('a request to an unresponsive endpoint ends at the time limit, or at the stop', async () => {
  const endpoint = await listen(() => undefined);
  const [waiting, stopped] = [aDestination(ARN, endpoint, 1_000), aDestination(ARN, endpoint, 60_000)];

  const outcomes = Promise.allSettled([waiting, stopped].map((one) => one.send(aDiscardedBatch())));
  await stopped.close();
  const [timedOut, aborted] = await outcomes;

  expect(aborted).toMatchObject({
    reason: { code: 'destination_unreachable', message: 'sqs:dlq: no response before the stop' },
  });
  expect(timedOut).toMatchObject({
    reason: { code: 'destination_unreachable', message: 'sqs:dlq: no response within 1 s' },
  });
});

/** Starts a server that is not SQS. Resolves with its address. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
