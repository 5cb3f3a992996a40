import type { Service } from '../serverless.ts';
import { eventMappings } from './event-mappings.ts';
import type { Dropped, Properties } from './event-properties.ts';
import { referredFunction } from './function-reference.ts';
import type { Problem, SettingPath } from './problem.ts';
import { readTemplate, resourceMappings } from './template-mappings.ts';
import { templateValues } from './template-values.ts';

/** A mapping as a deployment would make it, before its properties are checked. */
export interface DeclaredMapping {
  readonly logicalId: string;
  readonly functionKey: string;
  readonly properties: Properties;
  /** Where a property is set in the service file, or should be. */
  readonly place: (property: SettingPath) => SettingPath;
  readonly dropped: readonly Dropped[];
}

export interface DeclaredMappings {
  readonly mappings: readonly DeclaredMapping[];
  readonly problems: readonly Problem[];
  /** Settings that mean something else than they say. */
  readonly warnings: readonly Problem[];
}

/**
 * Every Kafka mapping of a service: its `msk` and `kafka` events, over them what `resources.Resources` says under the
 * same logical ids, the mappings that only `resources.Resources` has, and over all of them `resources.extensions`.
 * That is what osls packages (`lib/plugins/aws/package/lib/merge-custom-provider-resources.js`).
 */
export function declaredMappings(service: Service): DeclaredMappings {
  const { template, problems: templateProblems } = readTemplate(service);
  const events = eventMappings(service);
  const resolve = templateValues(service);
  const isEvent = new Set(events.mappings.map(({ logicalId }) => logicalId));
  const merged = events.mappings.map((mapping) => {
    const over = template.Resources[mapping.logicalId]?.Properties;
    return over ? withMerged(mapping, over) : mapping;
  });
  const resources = resourceMappings(service, template, resolve, (id) => !isEvent.has(id));
  const problems = [
    ...templateProblems,
    ...events.problems,
    ...overwritten(events.mappings),
    ...resources.problems,
    ...Object.keys(template.extensions)
      .filter(
        (id) => /EventSourceMapping(MSK|Kafka)/.test(id) && !isEvent.has(id) && !(id in template.Resources),
      )
      .map((id) => ({
        path: ['resources', 'extensions', id],
        message: 'no function has the event that this would extend',
      })),
  ];
  const mappings = [...merged, ...resources.mappings].map((mapping) => {
    const extended = withAssigned(mapping, template.extensions[mapping.logicalId]?.Properties ?? {});
    const properties = resolvedProperties(extended.properties, resolve);
    const functionKey = referredFunction(properties.FunctionName, service) ?? mapping.functionKey;
    return { ...extended, properties, functionKey };
  });
  return { mappings, problems, warnings: mappings.flatMap(droppedWarnings) };
}

function withMerged(mapping: DeclaredMapping, over: Properties): DeclaredMapping {
  const path = ['resources', 'Resources', mapping.logicalId, 'Properties'];
  return {
    ...mapping,
    properties: mergedObjects(mapping.properties, over),
    place: (property) => (holds(over, property) ? [...path, ...property] : mapping.place(property)),
  };
}

function withAssigned(mapping: DeclaredMapping, over: Properties): DeclaredMapping {
  const path = ['resources', 'extensions', mapping.logicalId, 'Properties'];
  return {
    ...mapping,
    properties: { ...mapping.properties, ...over },
    place: (property) =>
      holds(over, property.slice(0, 1)) ? [...path, ...property] : mapping.place(property),
  };
}

function resolvedProperties(properties: Properties, resolve: (value: unknown) => unknown): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => !isObject(value) || value.Ref !== 'AWS::NoValue')
      .map(([name, value]) => [name, resolve(value)]),
  );
}

/** Unless something over the event says the same in a way that works. */
function droppedWarnings({ logicalId, place, dropped }: DeclaredMapping): Problem[] {
  return dropped
    .filter(({ property }) => place([property])[0] === 'functions')
    .map(({ setting, property, consequence }) => ({
      path: setting,
      message: `is dropped when the service is packaged, so ${consequence}; set ${property} in resources.extensions.${logicalId}.Properties`,
    }));
}

function overwritten(mappings: readonly DeclaredMapping[]): Problem[] {
  return mappings
    .filter(({ logicalId }, index) => mappings.findIndex((other) => other.logicalId === logicalId) < index)
    .map(({ logicalId, place }) => ({
      path: place(['Topics']),
      message: `another event has the same logical id, ${logicalId}, and one would overwrite the other in a deployment`,
    }));
}

/** Objects and lists by their keys, the second winning, as osls merges a template. */
function mergedObjects(one: Properties, two: Properties): Properties {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(two)])];
  return Object.fromEntries(keys.map((key) => [key, mergedValues(one[key], two[key])]));
}

function mergedValues(one: unknown, two: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(two)) {
    const length = Math.max(one.length, two.length);
    return Array.from({ length }, (_, index) => mergedValues(one[index], two[index]));
  }
  if (isObject(one) && isObject(two)) {
    return mergedObjects(one, two);
  }
  return two === undefined ? one : two;
}

function holds(value: unknown, [step, ...rest]: SettingPath): boolean {
  if (step === undefined) {
    return true;
  }
  return (
    typeof value === 'object' && value !== null && step in value && holds(Reflect.get(value, step), rest)
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
