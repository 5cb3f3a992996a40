import * as z from 'zod';

/** An OpenAPI document, as far as this file reads or changes it. */
const openApi = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.looseObject({ parameters: z.array(z.unknown()).default([]) })),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

export type FuzzedDocument = z.infer<typeof openApi>;

/** Headers without any effect, with an example: with each of them an answer is as the document describes it. */
const ignoredHeaders = {
  Accept: 'text/html',
  'If-Match': '"other"',
  'If-Modified-Since': 'Sun, 01 Nov 2099 10:00:00 GMT',
  'If-None-Match': '*',
  Range: 'bytes=0-1',
};

const ignoredParameters = Object.entries(ignoredHeaders).map(([name, example]) => ({
  name,
  in: 'header',
  schema: { type: 'string', examples: [example] },
}));

/**
 * Returns the document that the fuzzer gets. It is stricter than the published one: an answer has no field that the document
 * does not name, and the headers that Orderly ignores are parameters. `open` removes the security requirements, because an
 * open API accepts every token.
 */
export function fuzzedDocument(published: unknown, { open }: { readonly open: boolean }): FuzzedDocument {
  const document = openApi.parse(structuredClone(published));
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    operation.parameters.push(...ignoredParameters);
    if (open) {
      operation.security = [];
    }
  }
  closeObjects(document.components.schemas);
  return document;
}

/** Returns the operations of a document as the report names them: `GET /api/orders`. */
export const operationsOf = ({ paths }: FuzzedDocument): string[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

/** Forbids further fields in each object whose schema names its fields and does not mention others. */
function closeObjects(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) {
    return;
  }
  if (
    'type' in schema &&
    schema.type === 'object' &&
    'properties' in schema &&
    !('additionalProperties' in schema)
  ) {
    Object.assign(schema, { additionalProperties: false });
  }
  Object.values(schema).forEach(closeObjects);
}
