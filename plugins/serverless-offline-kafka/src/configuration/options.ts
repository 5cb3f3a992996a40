import type * as z from 'zod';
import { type Backoff, deliveryBackoff } from '../delivery/backoff.ts';
import type { Security } from '../kafka/cluster-settings.ts';
import { givenOptions } from './cli-options.ts';
import type { LocalProperties } from './declared-mappings.ts';
import type { Batches, FilterMismatch, NullFields, PartialResponse } from './mapping-definition.ts';
import { optionsSchema } from './options-schema.ts';
import { type Problem, problemsOf, type SettingPath } from './problem.ts';
import type { Secret } from './security.ts';

/** The key under `custom` in the service file. */
export const OPTIONS_KEY = 'serverless-offline-kafka';

/** The options of one mapping. */
export interface MappingOptions {
  /** Undefined if no setting contains brokers. */
  readonly brokers: { readonly bootstrapServers: string; readonly setBy: string } | undefined;
  readonly sessionTimeoutMs: number;
  /** If absent, the access configurations of the mapping apply. */
  readonly security?: Security;
  readonly batches: Batches;
  readonly nullFields: NullFields;
  readonly backoff: Backoff;
  readonly partialResponse: PartialResponse;
  readonly filterMismatch: FilterMismatch;
}

export interface Options {
  readonly of: (functionKey: string, logicalId: string) => MappingOptions;
  /** Properties that apply only locally. */
  readonly properties: LocalProperties;
  /** The logical ids of mappings that have their own options. */
  readonly mappingIds: readonly string[];
  /** Local values of secrets, by their ARN. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** True if settings that need provisioned mode on AWS take effect without it. */
  readonly assumeProvisionedMode: boolean;
  /** The URL of a local SQS. If undefined, SQS on AWS is used. */
  readonly sqsEndpoint?: string;
}

export interface OptionSources {
  readonly custom: Readonly<Record<string, unknown>> | undefined;
  readonly cliOptions: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly serviceDir: string;
  readonly functionKeys: readonly string[];
}

/**
 * Reads the options. Precedence: the command line, then `custom.serverless-offline-kafka` for the mapping, for its function,
 * and for all mappings. KAFKA_BROKERS can also set the brokers. With problems, the result has the defaults, so that all
 * problems can be collected.
 */
export function readOptions(sources: OptionSources): { options: Options; problems: readonly Problem[] } {
  const schema = optionsSchema(sources.serviceDir);
  const { values: fromCommandLine, flags } = givenOptions(sources.cliOptions);
  const custom = sources.custom?.[OPTIONS_KEY] ?? {};
  const fromEnvironment = sources.environment.KAFKA_BROKERS;
  const isFromEnvironment = Boolean(fromEnvironment) && !Object(custom).bootstrapServers;
  const parsed = schema.safeParse(
    typeof custom === 'object'
      ? { ...custom, ...(isFromEnvironment && { bootstrapServers: fromEnvironment }), ...fromCommandLine }
      : custom,
  );
  const given = parsed.success ? parsed.data : schema.parse({});
  const origins: Readonly<Record<string, string>> = {
    ...(isFromEnvironment && { bootstrapServers: 'KAFKA_BROKERS' }),
    ...flags,
  };
  const found = parsed.success
    ? unknownFunctions(Object.keys(given.functions), sources.functionKeys)
    : problemsOf(parsed.error);
  return {
    options: {
      of: (functionKey, logicalId) => {
        const layers = [
          { own: given.mappings[logicalId] ?? {}, path: ['mappings', logicalId] },
          { own: given.functions[functionKey] ?? {}, path: ['functions', functionKey] },
          { own: given, path: [] },
        ] as const;
        const layerOf = (name: OptionName) =>
          layers.find(({ own }) => own[name] !== undefined && !(name in fromCommandLine)) ?? layers[2];
        const effective = <Name extends OptionName>(name: Name) => layerOf(name).own[name];
        const security = effective('security');
        const bootstrapServers = effective('bootstrapServers');
        const setBy = optionPath([...layerOf('bootstrapServers').path, 'bootstrapServers'], origins);
        return {
          brokers: bootstrapServers === undefined ? undefined : { bootstrapServers, setBy: setBy.join('.') },
          sessionTimeoutMs: given.sessionTimeoutMs,
          ...(security && { security }),
          batches: effective('batches') ?? 'per-partition',
          nullFields: effective('nullFields') ?? 'omit',
          backoff: effective('retryBackoff') ?? deliveryBackoff,
          partialResponse: effective('partialResponse') ?? 'reported',
          filterMismatch: effective('filterMismatch') ?? 'pass',
        };
      },
      properties: Object.fromEntries(
        Object.entries(given.mappings).map(([id, { Properties = {} }]) => [id, Properties]),
      ),
      mappingIds: Object.keys(given.mappings),
      secrets: given.secrets,
      assumeProvisionedMode: given.assumeProvisionedMode,
      ...(given.sqsEndpoint !== undefined && { sqsEndpoint: given.sqsEndpoint }),
    },
    problems: found.map(({ path, message }) => ({ path: optionPath(path, origins), message })),
  };
}

type OptionName = Exclude<keyof z.infer<ReturnType<typeof optionsSchema>>['functions'][string], undefined>;

function optionPath(path: SettingPath, origins: Readonly<Record<string, string>>): SettingPath {
  const origin = path.length === 1 ? origins[String(path[0])] : undefined;
  return origin === undefined ? ['custom', OPTIONS_KEY, ...path] : [origin];
}

function unknownFunctions(named: readonly string[], functionKeys: readonly string[]): Problem[] {
  return named
    .filter((key) => !functionKeys.includes(key))
    .map((key) => ({ path: ['functions', key], message: 'there is no such function' }));
}
