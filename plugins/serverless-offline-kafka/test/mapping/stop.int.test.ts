import { createServer } from 'node:http';
import { afterEach, expect, jest, test } from '@jest/globals';
import { createTopic, produce, uniqueName } from '../support/kafka.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

const server = createServer();

afterEach(async () => {
  await stopMappings();
  server.closeAllConnections();
  server.close();
});

test('a stop does not wait for an unresponsive destination', async () => {
  const requests = jest.fn();
  server.on('request', requests);
  const environment = jest.replaceProperty(process, 'env', {
    ...process.env,
    AWS_ENDPOINT_URL_SQS: await listen(),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, ['failing']);
  startMapping(
    {
      topic,
      failures: { maximumRetries: 0 },
      destination: { type: 'sqs', queueArn: 'arn:aws:sqs:eu-west-1:000000000000:dlq' },
    },
    () => Promise.reject(new Error('no')),
  );
  await until('the destination is asked', () => requests.mock.calls.length > 0);
  environment.restore();

  const startedMs = performance.now();
  await stopMappings();
  const tookMs = performance.now() - startedMs;

  expect(tookMs).toBeLessThan(6_000); // the request itself may take 8 s
});

async function listen(): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
