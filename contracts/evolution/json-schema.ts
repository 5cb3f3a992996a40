import * as z from 'zod';
import { usageError } from '../../cli/command.ts';

/** A value of a JSON document. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

export type Scalar = null | boolean | number | string;

/** Keywords of JSON Schema 2020-12 that decide which values are valid: those that zod writes. */
export interface SchemaObject {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly pattern?: string;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly default?: Json;
  readonly description?: string;
  /** Values for the reader of the document, and for tests. */
  readonly examples?: readonly Json[];
  /** Rules that no keyword expresses. */
  readonly 'x-rules'?: readonly NamedRule[];
  /** Readers of this enumeration have to expect other values. */
  readonly 'x-open-values'?: boolean;
}

export interface NamedRule {
  readonly id: string;
  readonly description: string;
}

export type JsonSchema = boolean | SchemaObject;

const schema: z.ZodType<JsonSchema> = z.lazy(() => z.union([z.boolean(), schemaObject]));
const scalar: z.ZodType<Scalar> = z.union([z.null(), z.boolean(), z.number(), z.string()]);
const text = z.exactOptional(z.string());
const count = z.exactOptional(z.int().min(0));
const number = z.exactOptional(z.number());
const one = z.exactOptional(schema);
const list = z.exactOptional(z.array(schema));
const byName = z.exactOptional(z.record(z.string(), schema));
const annotation = z.exactOptional(z.unknown());
const jsonValue = z.exactOptional(z.json());

const schemaObject: z.ZodType<SchemaObject> = z.strictObject({
  $ref: text,
  $defs: byName,
  type: z.exactOptional(z.union([z.string(), z.array(z.string())])),
  enum: z.exactOptional(z.array(scalar)),
  const: z.exactOptional(scalar),
  pattern: text,
  format: text,
  contentEncoding: text,
  minLength: count,
  maxLength: count,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: number,
  properties: byName,
  required: z.exactOptional(z.array(z.string())),
  additionalProperties: one,
  propertyNames: one,
  items: one,
  prefixItems: list,
  minItems: count,
  maxItems: count,
  anyOf: list,
  oneOf: list,
  allOf: list,
  not: one,
  default: jsonValue,
  examples: z.exactOptional(z.array(z.json())),
  'x-rules': z.exactOptional(z.array(z.strictObject({ id: z.string(), description: z.string() }))),
  'x-open-values': z.exactOptional(z.boolean()),
  $schema: annotation,
  $id: annotation,
  $comment: annotation,
  title: annotation,
  description: text,
  example: annotation,
  deprecated: annotation,
  discriminator: annotation,
  readOnly: annotation,
  writeOnly: annotation,
});

/** Parses a schema. An unknown keyword is an error that names it, because it might restrict the values. */
export function parseSchema(value: unknown, where: string): JsonSchema {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const [problem] = problemsOf(parsed.error.issues);
  throw usageError(
    `${where}: ${problem}. The evolution check reads the keywords that contracts/evolution/json-schema.ts lists: ` +
      'add the keyword there and to the comparison, or describe the values without it.',
  );
}

/** The deepest problems: a union reports the problems of each member. */
function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  path: readonly PropertyKey[] = [],
): readonly string[] {
  return issues.flatMap((issue) => {
    const here = [...path, ...issue.path];
    if (issue.code === 'invalid_union') {
      const inner = issue.errors.flatMap((member) => problemsOf(member, here));
      return inner.sort((a, b) => b.split('/').length - a.split('/').length);
    }
    const place = `#${here.map((step) => `/${String(step)}`).join('')}`;
    return issue.code === 'unrecognized_keys'
      ? [`${place} has the unknown keyword "${issue.keys.join('", "')}"`]
      : [`${place} ${issue.message}`];
  });
}

/** Schemas by the reference that names them, such as `#/$defs/Order`. `#` is the document itself. */
export type Definitions = ReadonlyMap<string, JsonSchema>;

/** The definitions of a document that is itself a schema. */
export function definitionsOf(root: JsonSchema): Definitions {
  const named = typeof root === 'object' ? Object.entries(root.$defs ?? {}) : [];
  return new Map([
    ['#', root],
    ...named.map(([name, one]): [string, JsonSchema] => [`#/$defs/${name}`, one]),
  ]);
}

export function definitionOf(reference: string, definitions: Definitions): JsonSchema {
  const found = definitions.get(reference);
  if (found === undefined) {
    throw usageError(`The reference ${reference} is not in the document. Add its target.`);
  }
  return found;
}

/** A schema and the definitions that its references name. */
export interface LocatedSchema {
  readonly schema: JsonSchema;
  readonly definitions: Definitions;
}
