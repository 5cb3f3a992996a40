import type { NamedRule } from '../../lib/orders/fields.ts';

interface Described {
  readonly description?: string;
  readonly 'x-rules'?: readonly NamedRule[];
  readonly schema?: Described;
}

const isDescribed = (value: unknown): value is Described => typeof value === 'object' && value !== null;

/** For `JSON.stringify`: adds the named rules of a schema to its description, and to that of its parameter. */
export function describeRules(value: unknown): unknown {
  const rules = isDescribed(value) ? (value['x-rules'] ?? value.schema?.['x-rules']) : undefined;
  if (!isDescribed(value) || rules === undefined) {
    return value;
  }
  const sentences = rules.map(({ description }) => description);
  const texts = value.description === undefined ? sentences : [value.description, ...sentences];
  return { ...value, description: texts.join(' ') };
}
