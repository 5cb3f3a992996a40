import { version } from '../../lib/config/version.ts';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import { channelBinding, operationBinding } from './kafka-bindings.ts';
import { messages } from './messages.ts';
import { operations } from './operations.ts';
import { embeddedSchemas } from './record-schemas.ts';

/** Returns the AsyncAPI document of the topics: https://www.asyncapi.com/docs/reference/specification/v3.0.0 */
export const asyncApiDocument = (): Record<string, unknown> => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Orderly: topics',
    version,
    description:
      'The actions `send` and `receive` are from the viewpoint of Orderly. `/schemas/{name}.json` has the same schemas. `/openapi.json` describes the HTTP API.',
    license: { name: 'MIT' },
  },
  defaultContentType: 'application/json',
  servers,
  channels: {
    orders: channel(
      'orders',
      'Commands',
      'Commands for orders, from the API and from other producers. The key is the order id, so the commands for one order take effect in the order of their offsets.',
    ),
    'orders.status': channel(
      'orders.status',
      'States of orders',
      'The last version of every order, at least once.',
    ),
    'orders.dlq': channel(
      'orders.dlq',
      'Dead letters',
      'A copy of each record that cannot take effect, at least once. The letters are in the database, from where an operator redrives them.',
    ),
  },
  operations: Object.fromEntries(
    operations.map(({ name, action, topic, title, description, group, functions }) => [
      name,
      {
        action,
        channel: { $ref: `#/channels/${topic}` },
        title,
        description,
        messages: messagesOf(topic).map((message) => ({
          $ref: `#/channels/${topic}/messages/${message.name}`,
        })),
        ...(group !== undefined && { bindings: { kafka: operationBinding(group) } }),
        'x-functions': functions,
      },
    ]),
  ),
  components: {
    messages: Object.fromEntries(messages.map(({ name, object }) => [name, { name, ...object }])),
    parameters: {
      prefix: {
        description:
          'The stage: its name and a dot, or its parameter `kafkaPrefix`. Empty in production and on a laptop.',
        default: '',
        examples: ['', 'dev.'],
      },
    },
    schemas: embeddedSchemas(),
  },
});

const servers = {
  stage: {
    host: '{broker}',
    protocol: 'kafka-secure',
    title: 'A stage on AWS',
    description: 'Amazon MSK: TLS, and SASL/OAUTHBEARER with a signed IAM token.',
    variables: {
      broker: { description: 'A bootstrap broker of the cluster.', default: 'b-1.example.invalid:9098' },
    },
  },
  local: {
    host: '127.0.0.1:{port}',
    protocol: 'kafka',
    title: 'A laptop',
    description: 'The broker of `npm start`, without TLS and without authentication.',
    variables: { port: { description: 'The setting `KAFKA_PORT`.', default: '9092' } },
  },
};

function channel(topic: keyof TopicValues, title: string, description: string): Record<string, unknown> {
  return {
    address: `{prefix}${topic}`,
    title,
    description,
    parameters: { prefix: { $ref: '#/components/parameters/prefix' } },
    messages: Object.fromEntries(
      messagesOf(topic).map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    bindings: { kafka: channelBinding(topic) },
  };
}

const messagesOf = (topic: keyof TopicValues): typeof messages =>
  messages.filter((message) => message.topic === topic);
