import { describe, expect, test } from '@jest/globals';
import type { TopicDescription } from '../../../../lib/kafka/topics/validate-topic.ts';
import { validateTopic } from '../../../../lib/kafka/topics/validate-topic.ts';

const HOUR_MS = 3_600_000;
const wanted = { partitions: 6, retentionMs: 168 * HOUR_MS, maxMessageBytes: 2_000_000 };

/** A valid topic. Each test overrides the property that it is about. */
const facts = (
  parts: Partial<Omit<TopicDescription, 'settings'>> = {},
  settings: Readonly<Record<string, string>> = {},
): TopicDescription => ({
  topic: 'orders',
  partitions: 6,
  replication: 3,
  ...parts,
  settings: {
    'cleanup.policy': 'delete',
    'max.message.bytes': '2000000',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '2',
    'retention.bytes': '-1',
    'retention.ms': `${168 * HOUR_MS}`,
    'unclean.leader.election.enable': 'false',
    ...settings,
  },
});

describe('a topic is validated', () => {
  test.each([
    ['as required', facts()],
    ['with a longer retention', facts({}, { 'retention.ms': `${400 * HOUR_MS}` })],
    ['with unlimited retention', facts({}, { 'retention.ms': '-1' })],
    ['with more replicas', facts({ replication: 4 })],
    ['whose settings the cluster does not report', { ...facts(), settings: {} }],
  ])('without faults or warnings: %s', (_what, topic) => {
    expect(validateTopic(topic, wanted, { isTest: false })).toEqual({ faults: [], warnings: [] });
  });

  test.each([
    [
      'fewer partitions',
      facts({ partitions: 3 }),
      'Topic orders has 3 partitions instead of 6. Order per key holds only',
    ],
    ['more partitions', facts({ partitions: 12 }), 'Topic orders has 12 partitions instead of 6.'],
    [
      'a shorter retention',
      facts({}, { 'retention.ms': `${24 * HOUR_MS}` }),
      'retention.ms=86400000 instead of 604800000: records are deleted after 24 h',
    ],
    [
      'a limit of the partition',
      facts({}, { 'retention.bytes': '268435456000' }),
      'retention.bytes=268435456000: a partition that grows beyond this size loses its oldest records',
    ],
    ['compaction', facts({}, { 'cleanup.policy': 'compact,delete' }), 'cleanup.policy=compact,delete'],
  ])('with a fault, in a test stage too: %s', (_what, topic, sentence) => {
    for (const isTest of [false, true]) {
      expect(validateTopic(topic, wanted, { isTest })).toEqual({
        faults: [expect.stringContaining(sentence)],
        warnings: [],
      });
    }
  });

  test.each([
    ['fewer replicas', facts({ replication: 2 }), 'has 2 of 3 replicas'],
    ['an acknowledgement by one', facts({}, { 'min.insync.replicas': '1' }), 'min.insync.replicas=1'],
    [
      'unclean elections',
      facts({}, { 'unclean.leader.election.enable': 'true' }),
      'unclean.leader.election.enable=true',
    ],
  ])('with a fault, but only a warning in a test stage: %s', (_what, topic, sentence) => {
    const said = [expect.stringContaining(sentence)];

    expect(validateTopic(topic, wanted, { isTest: false })).toEqual({ faults: said, warnings: [] });
    expect(validateTopic(topic, wanted, { isTest: true })).toEqual({ faults: [], warnings: said });
  });

  test.each([
    [
      'a lower limit of a message',
      facts({}, { 'max.message.bytes': '1048588' }),
      'max.message.bytes=1048588',
    ],
    [
      'the time of the producer',
      facts({}, { 'message.timestamp.type': 'CreateTime' }),
      'message.timestamp.type=CreateTime instead of LogAppendTime',
    ],
  ])('with a warning: %s', (_what, topic, sentence) => {
    expect(validateTopic(topic, wanted, { isTest: false })).toEqual({
      faults: [],
      warnings: [expect.stringContaining(sentence)],
    });
  });

  test('with all faults at once', () => {
    const topic = facts({ partitions: 1, replication: 1 }, { 'retention.ms': '1000' });

    expect(validateTopic(topic, wanted, { isTest: false }).faults).toHaveLength(3);
  });
});
