import * as z from 'zod';
import { describeRules } from '../openapi/named-rules.ts';
import { cancelRecord, orderRecord, recordHeaders, retryRecord } from './orders-topic.ts';
import {
  deadLetterHeaders,
  fulfilmentRejection,
  fulfilmentRequest,
  statusEvent,
  statusEventHeaders,
} from './written-by-orderly.ts';

/** The schema of each record, event and set of headers. The name is part of its address, `/schemas/{name}.json`. */
export const recordSchemas = {
  'order-record': orderRecord,
  'cancel-record': cancelRecord,
  'retry-record': retryRecord,
  'record-headers': recordHeaders,
  'status-event': statusEvent,
  'status-event-headers': statusEventHeaders,
  'dead-letter-headers': deadLetterHeaders,
  'fulfilment-request': fulfilmentRequest,
  'fulfilment-rejection': fulfilmentRejection,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type RecordName = keyof typeof recordSchemas;

/** Returns the content of each `schemas/{name}.json`, by name. */
export const schemaDocuments = (): Record<string, unknown> =>
  mapSchemas((name, schema) => {
    const { $schema, ...rest } = jsonSchemaOf(schema, 'draft-2020-12');
    return { $schema, $id: `${name}.json`, ...rest };
  });

/** Returns the schemas by name, to embed them in the AsyncAPI document. Its version of JSON Schema is draft 7. */
export const embeddedSchemas = (): Record<string, unknown> =>
  mapSchemas((_name, schema) => {
    const { $schema, ...rest } = jsonSchemaOf(schema, 'draft-07');
    return rest;
  });

function mapSchemas(convert: (name: string, schema: z.ZodType) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(recordSchemas).map(([name, schema]) => [name, convert(name, schema)]),
  );
}

/**
 * Returns the schema of what is written, which is the input of the transformations. zod omits the examples of such a schema,
 * because it takes them for output.
 */
function jsonSchemaOf(schema: z.ZodType, target: 'draft-2020-12' | 'draft-07'): Record<string, unknown> {
  const { title, description, ...rest } = z.toJSONSchema(schema, { target, io: 'input', reused: 'inline' });
  return JSON.parse(
    JSON.stringify({ title, description, ...rest, examples: schema.meta()?.examples }, (_key, value) =>
      describeRules(value),
    ),
  );
}
