import * as z from 'zod';
import type { oas31, ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { version } from '../../lib/config/version.ts';
import { recordSchemas } from '../records/record-schemas.ts';
import { header } from './headers.ts';
import { exampleValues, operation } from './operation.ts';

/** The contracts themselves. Their schemas here have only what identifies a document. */

const openApi = z
  .looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) })
  .meta({ id: 'OpenApiDocument' });

const asyncApi = z
  .looseObject({ asyncapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) })
  .meta({ id: 'AsyncApiDocument' });

const jsonSchema = z
  .looseObject({ $schema: z.string(), $id: z.string(), title: z.string(), description: z.string() })
  .meta({ id: 'JsonSchemaDocument' });

const names = z.enum(Object.keys(recordSchemas).map((name) => `${name}.json`));

const cached: oas31.HeadersObject = {
  ...header('x-request-id', 'Vary', 'Content-Encoding'),
  'Cache-Control': { $ref: '#/components/headers/Contract-Cache-Control' },
};

const contract = (
  description: string,
  type: string,
  schema: z.ZodType,
  example: unknown,
): ZodOpenApiResponseObject => ({
  description,
  headers: cached,
  content: { [type]: { schema, examples: exampleValues({ shortened: example }) } },
});

const common = { function: 'contracts', tag: 'Service' } as const;

export const contractPaths: ZodOpenApiPathsObject = {
  '/openapi.json': {
    get: operation({
      ...common,
      id: 'getOpenApiDocument',
      summary: 'The contract of the HTTP API',
      description: 'This document, in OpenAPI 3.1. Needs no token.',
      answers: {
        200: contract('The document.', 'application/json', openApi, {
          openapi: '3.1.1',
          info: { title: 'Orderly', version },
        }),
      },
    }),
  },
  '/asyncapi.json': {
    get: operation({
      ...common,
      id: 'getAsyncApiDocument',
      summary: 'The contract of the topics',
      description: 'Topics, records and headers, in AsyncAPI 3.0. Needs no token.',
      answers: {
        200: contract('The document.', 'application/json', asyncApi, {
          asyncapi: '3.0.0',
          info: { title: 'Orderly: topics', version },
        }),
      },
    }),
  },
  '/schemas/{name}': {
    get: operation({
      ...common,
      id: 'getSchema',
      summary: 'The JSON Schema of a record or an event',
      description:
        'JSON Schema 2020-12. Needs no token. An unknown name gets 404; the detail lists the names that exist.',
      problems: ['route_not_found'],
      parameters: {
        path: z.object({
          name: names.meta({ description: 'The file of the schema.', examples: ['order-record.json'] }),
        }),
      },
      answers: {
        200: contract('The schema.', 'application/schema+json', jsonSchema, {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          $id: 'order-record.json',
          title: 'Order',
          description: 'The value of a record on the topic `orders` that creates an order.',
        }),
      },
    }),
  },
};
