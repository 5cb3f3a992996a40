import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema } from '../../contracts/evolution/json-schema.ts';

const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 6, validateSchema: false });
addFormats.default(ajv);
// Formats that zod names and no standard defines. Their patterns stand beside them in the schema.
for (const format of ['starts_with', 'ends_with', 'includes', 'regex']) {
  ajv.addFormat(format, true);
}

/**
 * Returns a function that validates a value with ajv. References are resolved in `root`: a schema with `$defs`, or an
 * OpenAPI document with `components`.
 */
export function validatorOf(schema: JsonSchema, root: unknown = schema): (value: unknown) => boolean {
  if (typeof schema === 'boolean') {
    return () => schema;
  }
  const definitions = Object.fromEntries(
    Object.entries(root ?? {}).filter(([name]) => name === '$defs' || name === 'components'),
  );
  const whole = { ...schema, ...definitions };
  const validate = ajv.compile(whole);
  ajv.removeSchema(whole); // the next schema may have the same $id
  return (value) => validate(value);
}
