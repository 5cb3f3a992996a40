import { orderFulfilment, orderProcessing, type TopicValues } from '../../lib/kafka/topics/topics.ts';

/** An operation of the AsyncAPI document, from the viewpoint of Orderly. */
interface Operation {
  readonly name: string;
  readonly action: 'send' | 'receive';
  readonly topic: keyof TopicValues;
  readonly title: string;
  readonly description: string;
  /** The consumer group that receives. */
  readonly group?: string;
  /** The functions of `serverless.yml`; a test compares them with their permissions. */
  readonly functions: readonly string[];
}

export const operations: readonly Operation[] = [
  {
    name: 'sendCommands',
    action: 'send',
    topic: 'orders',
    title: 'Send commands',
    description:
      'The API sends what clients request, before it answers 202. The relay sends redriven records and retries. Other producers may send too.',
    functions: ['createOrder', 'createOrdersBulk', 'cancelOrder', 'notFound', 'relayOutbox'],
  },
  {
    name: 'receiveCommands',
    action: 'receive',
    topic: 'orders',
    title: 'Process commands',
    description:
      'Stores the effect of each command once, although a record may be delivered again. A record that cannot take effect becomes a dead letter.',
    group: orderProcessing.group,
    functions: ['processOrders'],
  },
  {
    name: 'sendStates',
    action: 'send',
    topic: 'orders.status',
    title: 'Report states',
    description: 'After the commit. The relay sends what the other functions could not send.',
    functions: ['processOrders', 'fulfilOrders', 'retryOrders', 'relayOutbox'],
  },
  {
    name: 'receiveStates',
    action: 'receive',
    topic: 'orders.status',
    title: 'Call the receiver',
    description:
      'Calls the receiver for orders that are PROCESSING, if there is one. Other consumers have groups of their own.',
    group: orderFulfilment.group,
    functions: ['fulfilOrders'],
  },
  {
    name: 'sendDeadLetters',
    action: 'send',
    topic: 'orders.dlq',
    title: 'Report dead letters',
    description: 'At each opening of a letter, after the commit. No function of Orderly receives them.',
    functions: ['processOrders', 'fulfilOrders', 'retryOrders', 'relayOutbox'],
  },
];
