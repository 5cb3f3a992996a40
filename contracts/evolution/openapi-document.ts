import * as z from 'zod';
import { usageError } from '../../cli/command.ts';
import { type Definitions, type JsonSchema, type LocatedSchema, parseSchema } from './json-schema.ts';

const annotation = z.exactOptional(z.unknown());
const isTrue = z.boolean().default(false);

const mediaType = z.strictObject({ schema: annotation, example: annotation, examples: annotation });
const content = z.record(z.string(), mediaType).default({});

const parameter = z.strictObject({
  in: z.enum(['query', 'path', 'header', 'cookie']),
  name: z.string(),
  required: isTrue,
  schema: annotation,
  style: z.exactOptional(z.string()),
  explode: z.exactOptional(z.boolean()),
  description: annotation,
  deprecated: annotation,
  example: annotation,
  examples: annotation,
});

const header = z.strictObject({
  required: isTrue,
  schema: annotation,
  description: annotation,
  deprecated: annotation,
  example: annotation,
  examples: annotation,
});

const response = z.strictObject({
  description: annotation,
  headers: z.record(z.string(), header).default({}),
  content,
  links: annotation,
});

const requirement = z.record(z.string(), z.array(z.string()));

const operation = z.strictObject({
  operationId: annotation,
  tags: annotation,
  summary: annotation,
  description: annotation,
  deprecated: annotation,
  externalDocs: annotation,
  'x-function': annotation,
  security: z.exactOptional(z.array(requirement)),
  parameters: z.array(parameter).default([]),
  requestBody: z.exactOptional(z.strictObject({ description: annotation, required: isTrue, content })),
  responses: z.record(z.string(), response).default({}),
});

const document = z.strictObject({
  openapi: z.string().startsWith('3.1.'),
  info: annotation,
  servers: z.array(z.strictObject({ url: z.string(), description: annotation })).default([]),
  tags: annotation,
  externalDocs: annotation,
  security: z.exactOptional(z.array(requirement)),
  paths: z.record(
    z.string(),
    z.partialRecord(z.enum(['get', 'head', 'put', 'post', 'patch', 'delete']), operation),
  ),
  components: z
    .strictObject({
      schemas: z.record(z.string(), z.unknown()).default({}),
      headers: z.record(z.string(), header).default({}),
      parameters: z.record(z.string(), parameter).default({}),
      responses: z.record(z.string(), response).default({}),
      securitySchemes: z.record(z.string(), z.looseObject({ description: annotation })).default({}),
      examples: annotation,
    })
    .prefault({}),
});

export type Operation = z.infer<typeof operation>;
export type Parameter = z.infer<typeof parameter>;
export type Response = z.infer<typeof response>;
export type Content = z.infer<typeof content>;
export type Requirement = z.infer<typeof requirement>;

/** An OpenAPI document. Only schemas contain references. */
export interface OpenApi {
  /** The addresses of the servers. */
  readonly servers: readonly string[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly responses: Readonly<Record<string, Response>>;
  readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly securityOf: (operation: Operation) => readonly Requirement[];
  readonly located: (schema: unknown, where: string) => LocatedSchema;
}

/**
 * Reads an OpenAPI document. A field that the evolution check does not compare is an error that names it, because a
 * change of it might break clients.
 */
export function readOpenApi(value: unknown, where: string): OpenApi {
  const parsed = document.safeParse(withoutReferences(value, value, where));
  if (!parsed.success) {
    throw usageError(
      `The evolution check cannot compare ${where}. Add the field to contracts/evolution/openapi-document.ts and to ` +
        `the comparison, or leave it out.\n${z.prettifyError(parsed.error)}`,
    );
  }
  const { servers, paths, components, security = [] } = parsed.data;
  const definitions: Definitions = new Map(
    Object.entries(components.schemas).map(([name, schema]): [string, JsonSchema] => [
      `#/components/schemas/${name}`,
      parseSchema(schema, `${where} components.schemas.${name}`),
    ]),
  );
  return {
    servers: servers.map(({ url }) => url),
    operations: new Map(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one]),
      ),
    ),
    responses: components.responses,
    securitySchemes: components.securitySchemes,
    securityOf: (one) => one.security ?? security,
    located: (schema, place) => ({ schema: parseSchema(schema ?? true, `${where} ${place}`), definitions }),
  };
}

const referencedComponent = /^#\/components\/(parameters|headers|responses|requestBodies)\/([^/]+)$/;

/** Replaces each reference to a component other than a schema by the component. */
function withoutReferences(value: unknown, root: unknown, where: string): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => withoutReferences(one, root, where));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [, kind = '', name = ''] = referencedComponent.exec('$ref' in value ? String(value.$ref) : '') ?? [];
  if (kind === '') {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, withoutReferences(one, root, where)]),
    );
  }
  const target = property(property(property(root, 'components'), kind), name);
  if (target === undefined) {
    throw usageError(`${where} has no component ${kind}.${name}. Add it.`);
  }
  return withoutReferences(target, root, where);
}

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
