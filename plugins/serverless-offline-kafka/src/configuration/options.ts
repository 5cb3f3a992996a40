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

/** How one mapping behaves. */
export interface MappingOptions {
  /** Undefined if nothing sets them. */
  readonly brokers: { readonly bootstrapServers: string; readonly setBy: string } | undefined;
  readonly sessionTimeoutMs: number;
  /** Where it is missing, the mapping's own access configurations say it. */
  readonly security?: Security;
  readonly batches: Batches;
  readonly nullFields: NullFields;
  readonly backoff: Backoff;
  readonly partialResponse: PartialResponse;
  readonly filterMismatch: FilterMismatch;
}

export interface Options {
  readonly of: (functionKey: string, logicalId: string) => MappingOptions;
  /** Properties for this machine only. */
  readonly properties: LocalProperties;
  /** The mappings that have options of their own. */
  readonly mappingIds: readonly string[];
  /** Local values of secrets, by their ARN. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** Whether settings that need provisioned mode on AWS have their effect without it. */
  readonly assumeProvisionedMode: boolean;
  /** Of a local SQS; without it the real one is meant. */
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
 * Reads the options. Those of the command line win over everything, then comes what `custom.serverless-offline-kafka`
 * says of a mapping, of its function, and of all. The brokers may come from KAFKA_BROKERS too. With problems the options
 * are the defaults, so that the reading can go on.
 */
export function readOptions(sources: OptionSources): { options: Options; problems: readonly Problem[] } {
  const schema = optionsSchema(sources.serviceDir);
  const { values: typed, flags } = givenOptions(sources.cliOptions);
  const custom = sources.custom?.[OPTIONS_KEY] ?? {};
  const fromEnvironment = sources.environment.KAFKA_BROKERS;
  const isFromEnvironment = Boolean(fromEnvironment) && !Object(custom).bootstrapServers;
  const parsed = schema.safeParse(
    typeof custom === 'object'
      ? { ...custom, ...(isFromEnvironment && { bootstrapServers: fromEnvironment }), ...typed }
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
          layers.find(({ own }) => own[name] !== undefined && !(name in typed)) ?? layers[2];
        const either = <Name extends OptionName>(name: Name) => layerOf(name).own[name];
        const security = either('security');
        const bootstrapServers = either('bootstrapServers');
        const setBy = placeOf([...layerOf('bootstrapServers').path, 'bootstrapServers'], origins);
        return {
          brokers: bootstrapServers === undefined ? undefined : { bootstrapServers, setBy: setBy.join('.') },
          sessionTimeoutMs: given.sessionTimeoutMs,
          ...(security && { security }),
          batches: either('batches') ?? 'per-partition',
          nullFields: either('nullFields') ?? 'omit',
          backoff: either('retryBackoff') ?? deliveryBackoff,
          partialResponse: either('partialResponse') ?? 'reported',
          filterMismatch: either('filterMismatch') ?? 'pass',
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
    problems: found.map(({ path, message }) => ({ path: placeOf(path, origins), message })),
  };
}

type OptionName = Exclude<keyof z.infer<ReturnType<typeof optionsSchema>>['functions'][string], undefined>;

function placeOf(path: SettingPath, origins: Readonly<Record<string, string>>): SettingPath {
  const origin = path.length === 1 ? origins[String(path[0])] : undefined;
  return origin === undefined ? ['custom', OPTIONS_KEY, ...path] : [origin];
}

function unknownFunctions(named: readonly string[], functionKeys: readonly string[]): Problem[] {
  return named
    .filter((key) => !functionKeys.includes(key))
    .map((key) => ({ path: ['functions', key], message: 'there is no such function' }));
}
