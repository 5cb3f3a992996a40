import type { Service } from '../serverless.ts';
import { eventMappings } from './event-mappings.ts';
import type { DroppedSetting, Properties } from './event-properties.ts';
import { referencedFunction } from './naming.ts';
import { OPTIONS_KEY } from './options.ts';
import type { Problem, SettingPath } from './problem.ts';
import { isKafkaMapping, readTemplate, type Template } from './template-mappings.ts';
import { isObject, knownValue } from './template-value.ts';
import type { TemplateValues } from './template-values.ts';

/** A mapping as a deployment would make it, before its properties are checked. */
export interface DeclaredMapping {
  readonly logicalId: string;
  readonly functionKey: string;
  /** As written: CloudFormation's expressions are not evaluated yet. */
  readonly properties: Properties;
  /** Where a property is set in the service file, or should be. */
  readonly place: (property: SettingPath) => SettingPath;
  readonly dropped: readonly DroppedSetting[];
}

export interface DeclaredMappings {
  readonly mappings: readonly DeclaredMapping[];
  readonly problems: readonly Problem[];
  /** Settings that mean something else than they say. */
  readonly warnings: readonly Problem[];
  readonly notices: readonly Problem[];
}

/** Properties for this machine only, by the mapping's logical id. */
export type LocalProperties = Readonly<Record<string, Properties>>;

/** A mapping of a resource has its function among its properties. */
type Layered = Omit<DeclaredMapping, 'functionKey'> & { readonly functionKey?: string };

/**
 * Every Kafka mapping of a service: its `msk` and `kafka` events, over them what `resources.Resources` says under the
 * same logical ids, the mappings that only `resources.Resources` has, and over all of them `resources.extensions`.
 * That is what osls packages (`lib/plugins/aws/package/lib/merge-custom-provider-resources.js`). The properties for
 * this machine override all others.
 */
export function declaredMappings(
  service: Service,
  values: TemplateValues,
  local: LocalProperties = {},
): DeclaredMappings {
  const { template, problems: templateProblems, notices } = readTemplate(service);
  const events = eventMappings(service);
  const isEvent = new Set(events.mappings.map(({ logicalId }) => logicalId));
  const layered: Layered[] = [
    ...events.mappings.map((mapping) => {
      const over = template.Resources[mapping.logicalId]?.Properties;
      return over ? withMerged(mapping, over) : mapping;
    }),
    ...resourceMappings(template, (id) => !isEvent.has(id)),
  ].map((mapping) => {
    const { logicalId: id } = mapping;
    const extended = withAssigned(mapping, template.extensions[id]?.Properties, [
      'resources',
      'extensions',
      id,
    ]);
    return withAssigned(extended, local[id], ['custom', OPTIONS_KEY, 'mappings', id]);
  });
  const deployed = layered
    .filter(
      ({ logicalId, properties }) =>
        isEvent.has(logicalId) ||
        isKafkaMapping(properties, knownValue(values.evaluate(properties.EventSourceArn))),
    )
    .map((mapping) => ({ mapping, unmet: unmetCondition(template, mapping.logicalId, values) }));
  const withFunction = deployed
    .filter(({ unmet }) => unmet === undefined)
    .map(({ mapping }) => withFunctionKey(mapping, service, values));
  const mappings = withFunction.flatMap(({ declared }) => declared ?? []);
  return {
    mappings,
    problems: [
      ...templateProblems,
      ...events.problems,
      ...overwritten(events.mappings),
      ...deployed.flatMap(({ unmet }) => unmet?.problem ?? []),
      ...withFunction.flatMap(({ problem }) => problem ?? []),
      ...Object.keys(template.extensions)
        .filter(
          (id) => /EventSourceMapping(MSK|Kafka)/.test(id) && !isEvent.has(id) && !(id in template.Resources),
        )
        .map((id) => ({
          path: ['resources', 'extensions', id],
          message: 'no function has the event that this would extend',
        })),
    ],
    warnings: mappings.flatMap(droppedWarnings),
    notices: [...notices, ...deployed.flatMap(({ unmet }) => unmet?.notice ?? [])],
  };
}

/** Returns the mappings that are resources of the template, not events. */
function resourceMappings({ Resources }: Template, isWanted: (logicalId: string) => boolean): Layered[] {
  return Object.entries(Resources)
    .filter(([logicalId, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping' && isWanted(logicalId))
    .map(([logicalId, { Properties }]) => ({
      logicalId,
      properties: Properties ?? {},
      place: (property) => ['resources', 'Resources', logicalId, 'Properties', ...property],
      dropped: [],
    }));
}

/** Returns why a mapping with a `Condition` is not started. A condition that only a deployment decides counts as true. */
function unmetCondition(
  { Resources, extensions }: Template,
  logicalId: string,
  values: TemplateValues,
): { problem?: Problem; notice?: Problem } | undefined {
  const [section, name] = extensions[logicalId]?.Condition
    ? ['extensions', extensions[logicalId].Condition]
    : ['Resources', Resources[logicalId]?.Condition];
  const path = ['resources', section, logicalId, 'Condition'];
  const holds = name === undefined ? undefined : values.condition(name);
  if (holds?.kind === 'invalid') {
    return { problem: { path, message: holds.message } };
  }
  return holds?.kind === 'value' && holds.value === false
    ? { notice: { path, message: `${name} is false, so this mapping is not started` } }
    : undefined;
}

function withFunctionKey(
  mapping: Layered,
  service: Service,
  values: TemplateValues,
): { declared?: DeclaredMapping; problem?: Problem } {
  const name = values.evaluate(mapping.properties.FunctionName);
  const functionKey = referencedFunction(knownValue(name), service) ?? mapping.functionKey;
  if (functionKey !== undefined) {
    return { declared: { ...mapping, functionKey } };
  }
  const message = name.kind === 'invalid' ? name.message : 'must be a function of this service';
  return { problem: { path: mapping.place(['FunctionName']), message } };
}

function withMerged(mapping: Layered, over: Properties): Layered {
  const path = ['resources', 'Resources', mapping.logicalId, 'Properties'];
  return {
    ...mapping,
    properties: mergedObjects(mapping.properties, over),
    place: (property) => (holds(over, property) ? [...path, ...property] : mapping.place(property)),
  };
}

function withAssigned(mapping: Layered, over: Properties | null | undefined, section: SettingPath): Layered {
  return over
    ? {
        ...mapping,
        properties: { ...mapping.properties, ...over },
        place: (property) =>
          property.length > 0 && holds(over, property.slice(0, 1))
            ? [...section, 'Properties', ...property]
            : mapping.place(property),
      }
    : mapping;
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
