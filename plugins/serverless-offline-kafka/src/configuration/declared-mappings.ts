import type { Service } from '../serverless.ts';
import { eventMappings } from './event-mappings.ts';
import type { DroppedSetting, Properties } from './event-properties.ts';
import { referencedFunction } from './naming.ts';
import { OPTIONS_KEY } from './options.ts';
import type { Problem, SettingPath } from './problem.ts';
import { isKafkaMapping, readTemplate, type Template } from './template-mappings.ts';
import { isObject, knownValue } from './template-value.ts';
import type { TemplateValues } from './template-values.ts';

/** A mapping as in a deployment, before its properties are validated. */
export interface DeclaredMapping {
  readonly logicalId: string;
  readonly functionKey: string;
  /** CloudFormation expressions are not evaluated yet. */
  readonly properties: Properties;
  /** Returns the path of a property in the service file, even if the property is missing. */
  readonly settingPath: (property: SettingPath) => SettingPath;
  readonly dropped: readonly DroppedSetting[];
}

export interface DeclaredMappings {
  readonly mappings: readonly DeclaredMapping[];
  readonly problems: readonly Problem[];
  /** Settings that a deployment would drop. */
  readonly warnings: readonly Problem[];
  readonly notices: readonly Problem[];
}

/** Properties that apply only locally, by logical id. */
export type LocalProperties = Readonly<Record<string, Properties>>;

/** A mapping whose function can still be unresolved: a resource names it in its properties. */
type UnresolvedMapping = Omit<DeclaredMapping, 'functionKey'> & { readonly functionKey?: string };

/**
 * Returns the Kafka mappings of a service, as osls packages them (`lib/plugins/aws/package/lib/merge-custom-provider-resources.js`):
 * 1. The mappings of `msk` and `kafka` events, merged with `resources.Resources` of the same logical id.
 * 2. The mappings that exist only in `resources.Resources`.
 * 3. `resources.extensions` override both, and the local properties override everything.
 */
export function declaredMappings(
  service: Service,
  values: TemplateValues,
  local: LocalProperties = {},
): DeclaredMappings {
  const { template, problems: templateProblems, notices } = readTemplate(service);
  const events = eventMappings(service);
  const isEvent = new Set(events.mappings.map(({ logicalId }) => logicalId));
  const layered: UnresolvedMapping[] = [
    ...events.mappings.map((mapping) => {
      const override = template.Resources[mapping.logicalId]?.Properties;
      return override ? withMerged(mapping, override) : mapping;
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
      ...duplicateIds(events.mappings),
      ...deployed.flatMap(({ unmet }) => unmet?.problem ?? []),
      ...withFunction.flatMap(({ problem }) => problem ?? []),
      ...Object.keys(template.extensions)
        .filter(
          (id) => /EventSourceMapping(MSK|Kafka)/.test(id) && !isEvent.has(id) && !(id in template.Resources),
        )
        .map((id) => ({
          path: ['resources', 'extensions', id],
          message: 'there is no event with this logical id',
        })),
    ],
    warnings: mappings.flatMap(droppedWarnings),
    notices: [...notices, ...deployed.flatMap(({ unmet }) => unmet?.notice ?? [])],
  };
}

/** Returns the mappings of `resources.Resources` that have no event. */
function resourceMappings(
  { Resources }: Template,
  isWanted: (logicalId: string) => boolean,
): UnresolvedMapping[] {
  return Object.entries(Resources)
    .filter(([logicalId, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping' && isWanted(logicalId))
    .map(([logicalId, { Properties }]) => ({
      logicalId,
      properties: Properties ?? {},
      settingPath: (property) => ['resources', 'Resources', logicalId, 'Properties', ...property],
      dropped: [],
    }));
}

/** Returns why a mapping with a `Condition` is not started. A condition that only a deployment can evaluate counts as true. */
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
  mapping: UnresolvedMapping,
  service: Service,
  values: TemplateValues,
): { declared?: DeclaredMapping; problem?: Problem } {
  const name = values.evaluate(mapping.properties.FunctionName);
  const functionKey = referencedFunction(knownValue(name), service) ?? mapping.functionKey;
  if (functionKey !== undefined) {
    return { declared: { ...mapping, functionKey } };
  }
  const message = name.kind === 'invalid' ? name.message : 'must be a function of this service';
  return { problem: { path: mapping.settingPath(['FunctionName']), message } };
}

function withMerged(mapping: UnresolvedMapping, override: Properties): UnresolvedMapping {
  const path = ['resources', 'Resources', mapping.logicalId, 'Properties'];
  return {
    ...mapping,
    properties: mergedObjects(mapping.properties, override),
    settingPath: (property) =>
      holds(override, property) ? [...path, ...property] : mapping.settingPath(property),
  };
}

function withAssigned(
  mapping: UnresolvedMapping,
  override: Properties | null | undefined,
  section: SettingPath,
): UnresolvedMapping {
  return override
    ? {
        ...mapping,
        properties: { ...mapping.properties, ...override },
        settingPath: (property) =>
          property.length > 0 && holds(override, property.slice(0, 1))
            ? [...section, 'Properties', ...property]
            : mapping.settingPath(property),
      }
    : mapping;
}

/** Returns warnings for dropped settings, except those that a resource or an extension also sets. */
function droppedWarnings({ logicalId, settingPath, dropped }: DeclaredMapping): Problem[] {
  return dropped
    .filter(({ property }) => settingPath([property])[0] === 'functions')
    .map(({ setting, property, consequence }) => ({
      path: setting,
      message: `is dropped when the service is packaged, so ${consequence}; set ${property} in resources.extensions.${logicalId}.Properties`,
    }));
}

function duplicateIds(mappings: readonly DeclaredMapping[]): Problem[] {
  return mappings
    .filter(({ logicalId }, index) => mappings.findIndex((other) => other.logicalId === logicalId) < index)
    .map(({ logicalId, settingPath }) => ({
      path: settingPath(['Topics']),
      message: `another event has the same logical id, ${logicalId}: one would overwrite the other in a deployment`,
    }));
}

/** Merges objects and lists by their keys, as osls merges a template. The second argument takes precedence. */
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
