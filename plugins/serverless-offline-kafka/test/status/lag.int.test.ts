import { expect, test } from '@jest/globals';
import { readLag } from '../../src/status/lag.ts';
import { joinReading } from '../support/group-member.ts';
import { brokers, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';

const { log } = aLog();

const mappingOf = (topic: string, bootstrapServers = brokers) => ({
  topic,
  functionKey: 'work',
  consumerGroupId: `${topic}-group`,
  cluster: { bootstrapServers, security: {}, sessionTimeoutMs: 6_000 },
});

test('the lag of a mapping is the number of uncommitted records per partition', async () => {
  const topic = await createTopic(uniqueName(), 3);
  await produce(topic, 0, ['a', 'b', 'c']);
  await produce(topic, 2, ['d', 'e']);
  const { member } = await joinReading(topic);
  await member.commit(0, 1);
  await member.leave();

  const lags = await readLag([mappingOf(topic)], log);

  expect(lags).toEqual([
    {
      topic,
      function: 'work',
      group: `${topic}-group`,
      lag: 4,
      partitions: [
        { partition: 0, committed: 1, end: 3, lag: 2 },
        { partition: 1, committed: null, end: 0, lag: 0 },
        { partition: 2, committed: null, end: 2, lag: 2 },
      ],
    },
  ]);
});

test('a mapping with a missing topic does not hide the others', async () => {
  const [missing, topic] = [uniqueName(), await createTopic(uniqueName(), 1)];

  const lags = await readLag([mappingOf(missing), mappingOf(topic)], log);

  expect(lags.map(({ lag }) => lag)).toEqual([null, 0]);
});

test('unavailable brokers are reported in one line', async () => {
  const topic = await createTopic(uniqueName(), 1);
  const away = '127.0.0.1:1';

  const reading = readLag([mappingOf(topic, away), mappingOf('other', away), mappingOf(topic)], log);

  await expect(reading).rejects.toMatchObject({
    code: 'brokers_unreachable',
    message:
      'The lag is unknown: Connection error: connect ECONNREFUSED 127.0.0.1:1 ' +
      '(127.0.0.1:1 is the default; set bootstrapServers in custom.serverless-offline-kafka, or KAFKA_BROKERS)',
  });
});
