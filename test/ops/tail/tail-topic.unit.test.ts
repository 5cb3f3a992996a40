import { describe, expect, test } from '@jest/globals';
import { kafkajs } from '../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { topicProblem } from '../../../ops/tail/tail-topic.ts';

const answer = (type: string, message: string): Error =>
  new kafkajs.KafkaJSProtocolError(Object.assign(new Error(message), { type, code: 0, retriable: false }));

describe('topicProblem', () => {
  test.each([
    [
      answer('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition'),
      'There is no topic "orders" at b:9092.',
    ],
    [
      answer('TOPIC_AUTHORIZATION_FAILED', 'Not authorized to access topics: [Topic authorization failed]'),
      'Kafka at b:9092 does not describe the topic "orders": Not authorized to access topics: [Topic authorization failed]',
    ],
    [
      new Error('Closed connection'),
      'Kafka does not answer at b:9092 (Closed connection): start it with "npm start" or "npm run stack -- up", or set KAFKA_BROKERS.',
    ],
  ])('names the reason: %s', (error, expected) => {
    expect(topicProblem(error, 'orders', 'b:9092')).toBe(expected);
  });
});
