import type { Message, Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import { type RegisteredSchema, registeredSchemas } from './registered-schemas.ts';
import type { SchemaIdCache } from './schema-id-cache.ts';
import { SCHEMA_ID_HEADER } from './schema-id-header.ts';

/**
 * Returns a producer that adds the id of the schema as a header. The value stays plain JSON, so consumers without a
 * registry read it unchanged. A value of bytes is sent as it is: a redriven record keeps its own headers. Waits only for
 * the first look-up of a schema.
 */
export function withSchemaIds(
  producer: Producer<TopicValues>,
  idOf: (schema: RegisteredSchema) => ReturnType<SchemaIdCache>,
): Producer<TopicValues> {
  return {
    ...producer,
    send: (topic, message, callbacks) => {
      const schema = schemaOf(topic, message);
      const id = schema && idOf(schema);
      return id === undefined || Buffer.isBuffer(id)
        ? producer.send(topic, withHeader(message, id), callbacks)
        : id.then((found) => producer.send(topic, withHeader(message, found), callbacks));
    },
  };
}

function schemaOf(
  topic: keyof TopicValues,
  { value, headers }: Message<unknown>,
): RegisteredSchema | undefined {
  if (value === null || Buffer.isBuffer(value)) {
    return undefined;
  }
  const eventType = headers?.['event-type'] ?? 'order.created';
  return registeredSchemas.find(
    (schema) => schema.topic === topic && (schema.eventType ?? eventType) === eventType,
  );
}

const withHeader = <Value>(message: Message<Value>, id: Buffer | undefined): Message<Value> =>
  id === undefined ? message : { ...message, headers: { ...message.headers, [SCHEMA_ID_HEADER]: id } };
