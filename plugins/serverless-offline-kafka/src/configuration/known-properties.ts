import type { DeclaredMapping } from './declared-mappings.ts';
import { type MappingProperties, mappingProperties } from './mapping-properties.ts';
import { OPTIONS_KEY } from './options.ts';
import { type Problem, problemsOf, type SettingPath } from './problem.ts';
import { DEPLOY_TIME_VALUE, isObject } from './template-value.ts';
import type { TemplateValues } from './template-values.ts';

export const DEPLOY_TIME_ONLY = 'only a deployment knows this value';

/** Returns how to set a value that only a deployment knows. */
export const remedy = (logicalId: string): string =>
  `set it for this machine in custom.${OPTIONS_KEY}.mappings.${logicalId}.Properties`;

export interface KnownProperties {
  /** Absent if the properties are not valid. */
  readonly properties?: MappingProperties;
  readonly problems: readonly Problem[];
  /** Settings that count as unset, because only a deployment knows their values. */
  readonly deployTimeSettings: readonly SettingPath[];
}

/**
 * Evaluates a mapping's properties and validates them as Lambda does. A value that only a deployment knows counts as unset,
 * except in a property that local settings replace.
 */
export function knownProperties(declared: DeclaredMapping, values: TemplateValues): KnownProperties {
  const { value, problems } = values.resolve(declared.properties);
  const deployTimeSettings = deployTimePaths(mappingProperties.safeParse(value).error?.issues ?? [], value);
  const parsed = mappingProperties.safeParse(deployTimeSettings.reduce(without, value));
  const faults = parsed.success
    ? []
    : withRemedy(problemsOf(parsed.error), deployTimeSettings, declared.logicalId);
  const all = [
    ...problems,
    ...faults.filter(({ path }) => !problems.some((invalid) => isWithin(invalid.path, path))),
  ];
  return {
    ...(parsed.success && { properties: parsed.data }),
    problems: all,
    deployTimeSettings: deployTimeSettings.filter(
      (path) => !all.some((problem) => isWithin(path, problem.path)),
    ),
  };
}

/** Adds a remedy to the problem of a missing setting whose value only a deployment knows. */
export const withRemedy = (
  problems: readonly Problem[],
  deployTimeSettings: readonly SettingPath[],
  logicalId: string,
): Problem[] =>
  problems.map((problem) =>
    deployTimeSettings.some((path) => isWithin(path, problem.path))
      ? { ...problem, message: `${DEPLOY_TIME_ONLY}, and the mapping needs one; ${remedy(logicalId)}` }
      : problem,
  );

/** Returns the paths of `DEPLOY_TIME_VALUE`. A list with such a member is returned as a whole. */
function deployTimePaths(
  issues: readonly { readonly path: readonly PropertyKey[] }[],
  value: unknown,
): SettingPath[] {
  const paths = issues.flatMap(({ path }): SettingPath[] => {
    const steps = path.map((step) => (typeof step === 'number' ? step : String(step)));
    const end = steps.findIndex(
      (_, index) => valueAt(value, steps.slice(0, index + 1)) === DEPLOY_TIME_VALUE,
    );
    return end === -1 ? [] : [steps.slice(0, typeof steps[end] === 'number' ? end : end + 1)];
  });
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()];
}

const valueAt = (value: unknown, path: SettingPath): unknown =>
  path.reduce((level, step) => Object(level)[step], value);

/** Returns the settings without the one at a path. */
function without(value: unknown, [step, ...rest]: SettingPath): unknown {
  if (Array.isArray(value)) {
    return value.map((member, index) => (index === step ? without(member, rest) : member));
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => name !== step || rest.length > 0)
          .map(([name, inner]) => [name, name === step ? without(inner, rest) : inner]),
      )
    : value;
}

const isWithin = (path: SettingPath, outer: SettingPath): boolean =>
  outer.every((step, index) => path[index] === step);
