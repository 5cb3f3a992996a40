import { type TopicValues, topicConfig, topics } from '../../lib/kafka/topics/topics.ts';
import { REPLICATION_FACTOR } from '../../lib/kafka/topics/validate-topic.ts';

/** https://github.com/asyncapi/bindings/tree/master/kafka */
export const BINDING_VERSION = '0.5.0';

/** Returns the settings of a topic. */
export function channelBinding(topic: keyof TopicValues): Record<string, unknown> {
  const { 'message.timestamp.type': timestampType, ...numbers } = topicConfig(topics[topic]);
  return {
    partitions: topics[topic].partitions,
    replicas: REPLICATION_FACTOR,
    topicConfiguration: {
      'cleanup.policy': ['delete'],
      ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
      'message.timestamp.type': timestampType,
    },
    bindingVersion: BINDING_VERSION,
  };
}

/** Returns the consumer group of an operation. */
export const operationBinding = (group: string): Record<string, unknown> => ({
  groupId: {
    type: 'string',
    enum: [group],
    description: 'On AWS with the prefix of the stage, like the topic.',
  },
  bindingVersion: BINDING_VERSION,
});
