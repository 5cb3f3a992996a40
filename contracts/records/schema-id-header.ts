import * as z from 'zod';

/** The header `__value_schema_id`, which Confluent's deserializers read. */
export const schemaIdHeader = z.string().optional().meta({
  description:
    'Only with a schema registry: the id of the schema of the value. These are bytes, not text: a byte 1 and the 16 bytes of the GUID, or a byte 0 and the id in four bytes, big-endian.',
});
