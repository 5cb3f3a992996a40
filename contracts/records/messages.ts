import * as z from 'zod';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import { type eventTypes, recordHeadersSchema } from '../../lib/orders/record-headers.ts';
import { BINDING_VERSION } from './kafka-bindings.ts';
import { type RecordName, recordSchemas } from './record-schemas.ts';

/** A message of the AsyncAPI document. */
interface Message {
  readonly topic: keyof TopicValues;
  readonly name: string;
  /** The Message Object: https://www.asyncapi.com/docs/reference/specification/v3.0.0#messageObject */
  readonly object: Readonly<Record<string, unknown>>;
}

export const messages: readonly Message[] = [
  command('orderCreated', 'Creates an order', 'order.created', 'order-record'),
  command('cancelRequested', 'Cancels an order', 'order.cancel_requested', 'cancel-record'),
  command('retryRequested', 'Retries the fulfilment of an order', 'order.retry_requested', 'retry-record'),
  {
    topic: 'orders.status',
    name: 'statusChanged',
    object: {
      title: 'Reports the state of an order',
      headers: ref('status-event-headers'),
      payload: ref('status-event'),
      bindings: key({ type: 'string', description: 'The order id.' }),
      examples: examplesOf('status-event').map((payload) => ({ headers: {}, payload })),
    },
  },
  {
    topic: 'orders.dlq',
    name: 'deadLetter',
    object: {
      title: 'Reports a record that cannot take effect',
      contentType: 'application/octet-stream',
      headers: ref('dead-letter-headers'),
      payload: {
        description:
          'The value of the original record, byte for byte. It may be null, or not JSON: that can be the reason for the dead letter.',
      },
      correlationId: correlationId('Absent if the original record has none.'),
      bindings: key({
        type: ['string', 'null'],
        description: 'The key of the original record, byte for byte.',
      }),
      examples: [{ headers: examplesOf('dead-letter-headers').at(-1), payload: 'order 3: 2 x soap' }],
    },
  },
];

function command(
  name: string,
  title: string,
  type: (typeof eventTypes)[number],
  payload: RecordName,
): Message {
  const isDefault = type === 'order.created';
  const headers = examplesOf('record-headers').find(
    (example) => recordHeadersSchema.parse(example)['event-type'] === (isDefault ? undefined : type),
  );
  return {
    topic: 'orders',
    name,
    object: {
      title,
      headers: {
        allOf: [
          ref('record-headers'),
          { properties: { 'event-type': { const: type } }, ...(!isDefault && { required: ['event-type'] }) },
        ],
      },
      payload: ref(payload),
      correlationId: correlationId('Identifies the command. A record of another producer may lack it.'),
      bindings: key({ type: 'string', description: 'The order id.' }),
      examples: examplesOf(payload).map((example) => ({ headers, payload: example })),
    },
  };
}

function ref(name: RecordName): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function examplesOf(name: RecordName): readonly unknown[] {
  return z.array(z.unknown()).min(1).parse(recordSchemas[name].meta()?.examples);
}

function correlationId(description: string): Record<string, string> {
  return { location: '$message.header#/event-id', description };
}

function key(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { kafka: { key: schema, bindingVersion: BINDING_VERSION } };
}
