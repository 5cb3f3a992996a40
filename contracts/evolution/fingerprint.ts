import { type Definitions, definitionOf, type JsonSchema } from './json-schema.ts';

/**
 * Returns a text that is equal for two schemas with the same constraints. A reference is replaced by the constraints
 * that it names, so schemas of two documents can be compared.
 */
export function fingerprint(schema: JsonSchema, definitions: Definitions): string {
  return JSON.stringify(canonical(schema, definitions, []));
}

/** `open`: the references that contain this schema. A schema may contain itself. */
function canonical(schema: JsonSchema, definitions: Definitions, open: readonly string[]): unknown {
  if (typeof schema === 'boolean') {
    return schema ? {} : false;
  }
  const one = (inner: JsonSchema) => canonical(inner, definitions, open);
  const constraints = Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    switch (keyword) {
      case '$ref':
        return [[keyword, canonicalReference(String(value), definitions, open)]];
      case 'properties':
        return [
          [
            keyword,
            sorted(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, one(inner)])),
          ],
        ];
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
      case 'prefixItems':
        return [[keyword, schema[keyword]?.map(one)]];
      case 'items':
      case 'additionalProperties':
      case 'propertyNames':
      case 'not':
        return [[keyword, one(schema[keyword] ?? true)]];
      case 'required':
      case 'enum':
      case 'type':
        return [[keyword, Array.isArray(value) ? value.map((inner) => JSON.stringify(inner)).sort() : value]];
      case 'x-rules':
        return [[keyword, schema[keyword]?.map(({ id }) => id).sort()]];
      default:
        return ANNOTATIONS.has(keyword) ? [] : [[keyword, value]];
    }
  });
  return sorted(constraints);
}

/** Keywords that do not decide which values are valid, and the container of definitions. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'title',
  'description',
  'example',
  'examples',
  'deprecated',
  'discriminator',
  'readOnly',
  'writeOnly',
]);

const canonicalReference = (reference: string, definitions: Definitions, open: readonly string[]): unknown =>
  open.includes(reference)
    ? reference
    : canonical(definitionOf(reference, definitions), definitions, [...open, reference]);

const sorted = (entries: readonly [string, unknown][]): unknown =>
  Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
