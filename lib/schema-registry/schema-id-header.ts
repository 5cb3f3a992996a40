import type { SchemaId } from './latest-schema-id.ts';

/** Confluent's deserializers find the schema of a value by this header. */
export const SCHEMA_ID_HEADER = '__value_schema_id';

const ID = 0;
const GUID = 1;

/**
 * Returns the value of the header: a one and the 16 bytes of the GUID, or, if the registry has no GUIDs, a zero and the id
 * in four bytes. Confluent's serializer writes the first form, its `DualSchemaIdDeserializer` reads both.
 * https://github.com/confluentinc/schema-registry/blob/master/schema-serializer/src/main/java/io/confluent/kafka/serializers/schema/id/SchemaId.java
 */
export function schemaIdBytes({ id, guid }: SchemaId): Buffer {
  if (guid != null) {
    return Buffer.concat([Buffer.of(GUID), Buffer.from(guid.replaceAll('-', ''), 'hex')]);
  }
  const bytes = Buffer.of(ID, 0, 0, 0, 0);
  bytes.writeInt32BE(id, 1);
  return bytes;
}
