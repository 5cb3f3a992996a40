import { afterEach, expect, test } from '@jest/globals';
import { endCommandLines, serverless } from '../support/command-line.ts';
import { committed, createTopic, numbered, produce, uniqueName } from '../support/kafka.ts';
import { until } from '../support/until.ts';

afterEach(endCommandLines);

async function output(topic: string, ...options: string[]): Promise<string> {
  const running = await serverless(topic, 'kafka-lag', ...options);
  expect(await running.ended).toBe(0);
  return running.output();
}

test('serverless kafka-lag shows the lag while the service is stopped and while it runs', async () => {
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, numbered(3));

  const stopped = await output(topic);
  const service = await serverless(topic, 'offline', 'start');
  await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '3');
  const running = await output(topic, '--json');
  await service.interrupt();

  expect(stopped).toMatch(new RegExp(`^${topic} → record  ${topic}-group +0 +– +3 +3$`, 'm'));
  expect(stopped).toMatch(/^ +all +3$/m);
  expect(JSON.parse(running.slice(running.indexOf('[\n'), running.lastIndexOf('\n]') + 2))).toEqual([
    {
      topic,
      function: 'record',
      group: `${topic}-group`,
      lag: 0,
      partitions: [{ partition: 0, committed: 3, end: 3, lag: 0 }],
    },
  ]);
});
