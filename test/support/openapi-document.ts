import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as z from 'zod';

/** The checked-in OpenAPI document, and the comparison of real answers with it. */

const examples = z.record(z.string(), z.object({ value: z.unknown() }));
const content = z.record(z.string(), z.looseObject({ schema: z.unknown(), examples }));
const header = z.object({ $ref: z.string() });
const response = z.object({ description: z.string(), headers: z.record(z.string(), header), content });

const operation = z.object({
  operationId: z.string(),
  'x-function': z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['query', 'path', 'header']),
        required: z.boolean().optional(),
        description: z.string(),
        schema: z.looseObject({ examples: z.array(z.unknown()).optional() }),
      }),
    )
    .default([]),
  requestBody: z.object({ description: z.string(), required: z.literal(true), content }).optional(),
  responses: z.record(z.string(), response),
});

const documentSchema = z.object({
  info: z.object({ description: z.string() }),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.enum(['get', 'post']), operation.optional())),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()),
    responses: z.record(z.string(), response),
    headers: z.record(
      z.string(),
      z.looseObject({ description: z.string(), required: z.boolean().optional(), schema: z.unknown() }),
    ),
  }),
});

export const rawDocument: unknown = JSON.parse(readFileSync('contracts/openapi.json', 'utf8'));
export const document = documentSchema.parse(rawDocument);

export type Operation = z.infer<typeof operation>;

/** The operations by route: `GET /api/orders`. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, one]): [string, Operation][] =>
      one === undefined ? [] : [[`${method.toUpperCase()} ${path}`, one]],
    ),
  ),
);

/** Clients accept further fields, so the document permits them. Our own answers must have none that it does not describe. */
function closed(key: string, value: unknown): unknown {
  const isSchema =
    key !== 'properties' && typeof value === 'object' && value !== null && 'properties' in value;
  return isSchema ? { additionalProperties: false, ...value } : value;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(JSON.parse(JSON.stringify(rawDocument, closed)), 'openapi');

/** Returns the faults of a value by the schema at a place of the document, which lacks further fields. */
export function faultsAt(place: readonly string[], value: unknown): readonly string[] {
  const pointer = place
    .map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent);
  const validate = ajv.getSchema(`openapi#/${pointer.join('/')}`);
  if (validate === undefined) {
    return [`${place.join(' ')} is not in the document`];
  }
  validate(value);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Headers of HTTP itself, which servers and proxies set. */
const transport = ['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding'];
/** The server of serverless-offline compresses large answers, and says that it serves ranges. */
const ofLocalServer = ['accept-ranges', 'content-encoding', 'vary'];

/** Returns how an answer to a request on a route differs from the document. */
export function undocumented(route: string, { status, headers, body }: HttpAnswer): readonly string[] {
  const [method = '', path = ''] = route.split(' ');
  const documented = operations.get(route)?.responses[status];
  if (documented === undefined) {
    return [`${route} ${status} is not in the document`];
  }
  const mediaType = headers['content-type']?.split(';')[0] ?? '';
  const place = [
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    `${status}`,
    'content',
    mediaType,
    'schema',
  ];
  return [...headerFaults(documented.headers, headers), ...faultsAt(place, body)];
}

function headerFaults(
  documented: Readonly<Record<string, z.infer<typeof header>>>,
  actual: Readonly<Record<string, string>>,
): readonly string[] {
  const described = Object.entries(documented).map(([name, { $ref }]) => ({
    name: name.toLowerCase(),
    component: $ref.slice('#/components/headers/'.length),
  }));
  const known = [...transport, ...ofLocalServer, ...described.map(({ name }) => name)];
  const isNamed = (name: string): boolean => document.info.description.toLowerCase().includes(`\`${name}\``);
  return [
    ...Object.keys(actual)
      .filter((name) => !known.includes(name) && !isNamed(name))
      .map((name) => `the header ${name} is not in the document`),
    ...described.flatMap(({ name, component }) => {
      const value = actual[name];
      if (value === undefined) {
        return document.components.headers[component]?.required ? [`the header ${name} is missing`] : [];
      }
      return faultsAt(
        ['components', 'headers', component, 'schema'],
        /^\d+$/.test(value) ? Number(value) : value,
      );
    }),
  ];
}
