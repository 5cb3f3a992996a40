import { type Finding, findingsOf, roles } from './findings.ts';
import { differences } from './inclusion.ts';
import { definitionsOf, type LocatedSchema, parseSchema } from './json-schema.ts';

/** The schemas of records and events by their path, such as `schemas/order-record.json`. */
export type SchemaFiles = Readonly<Record<string, unknown>>;

type Direction = 'backward' | 'forward';

/**
 * Records stay in their topics for days, and the releases run side by side during a deployment and after a roll-back. So
 * the new release has to read the records of the last one (backward), and readers of the last one the new records
 * (forward). The webhook only has the direction of its messages.
 */
const oneWay: Readonly<Record<string, Direction>> = {
  'schemas/fulfilment-request.json': 'forward',
  'schemas/fulfilment-rejection.json': 'backward',
};

/** Returns the changes of records and events that old records or old readers cannot take. */
export const recordFindings = (released: SchemaFiles, current: SchemaFiles): readonly Finding[] =>
  Object.entries(released).flatMap(([path, old]) =>
    current[path] === undefined ? [removed(path)] : schemaFindings(path, old, current[path]),
  );

const removed = (path: string): Finding => ({
  subject: path,
  place: 'the file',
  rule: 'schema-removed',
  reason: 'The schema is no longer published; programs of others may read or write such records.',
  remedy: 'Go on publishing the schema while such records can exist.',
  isCertain: true,
});

function schemaFindings(path: string, released: unknown, current: unknown): readonly Finding[] {
  const old = located(released, `released/${path}`);
  const now = located(current, path);
  const backward = () => findingsOf(differences(old, now), path, '', roles.backward);
  const forward = () => findingsOf(differences(now, old), path, '', roles.forward);
  const only = oneWay[path];
  return [...(only === 'forward' ? [] : backward()), ...(only === 'backward' ? [] : forward())];
}

function located(value: unknown, where: string): LocatedSchema {
  const schema = parseSchema(value, `contracts/${where}`);
  return { schema, definitions: definitionsOf(schema) };
}
