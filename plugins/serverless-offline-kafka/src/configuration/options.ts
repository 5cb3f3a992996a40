import { type Backoff, deliveryBackoff } from '../delivery/backoff.ts';
import type { Security } from '../kafka/cluster-settings.ts';
import { givenOptions } from './cli-options.ts';
import type { Batches, NullFields, PartialResponse } from './mapping-definition.ts';
import { optionsSchema } from './options-schema.ts';
import { type Problem, problemsOf, type SettingPath } from './problem.ts';
import type { Secret } from './security.ts';

/** The key under `custom` in the service file. */
export const OPTIONS_KEY = 'serverless-offline-kafka';

/** How the mappings of one function behave. */
export interface MappingOptions {
  readonly bootstrapServers: string;
  readonly sessionTimeoutMs: number;
  /** Where it is missing, the mapping's own access configurations say it. */
  readonly security?: Security;
  readonly batches: Batches;
  readonly nullFields: NullFields;
  readonly backoff: Backoff;
  readonly partialResponse: PartialResponse;
}

export interface Options {
  readonly of: (functionKey: string) => MappingOptions;
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
 * says of a function, then the rest of it. The brokers default to KAFKA_BROKERS, then to localhost:9092. With problems
 * the options are the defaults, so that the reading can go on.
 */
export function readOptions(sources: OptionSources): { options: Options; problems: readonly Problem[] } {
  const schema = optionsSchema(sources.serviceDir);
  const { values: typed, flags } = givenOptions(sources.cliOptions);
  const custom = sources.custom?.[OPTIONS_KEY] ?? {};
  const brokers = sources.environment.KAFKA_BROKERS || 'localhost:9092';
  const parsed = schema.safeParse(
    typeof custom === 'object' ? { bootstrapServers: brokers, ...custom, ...typed } : custom,
  );
  const given = parsed.success ? parsed.data : schema.parse({});
  const origins: Readonly<Record<string, string>> = {
    ...(!Object(custom).bootstrapServers && { bootstrapServers: 'KAFKA_BROKERS' }),
    ...flags,
  };
  const found = parsed.success
    ? unknownFunctions(Object.keys(given.functions), sources.functionKeys)
    : problemsOf(parsed.error);
  return {
    options: {
      of: (functionKey) => {
        const own = given.functions[functionKey] ?? {};
        const either = <K extends keyof typeof own>(name: K): (typeof own)[K] =>
          name in typed ? given[name] : (own[name] ?? given[name]);
        const security = either('security');
        return {
          bootstrapServers: either('bootstrapServers') ?? brokers,
          sessionTimeoutMs: given.sessionTimeoutMs,
          ...(security && { security }),
          batches: either('batches') ?? 'per-partition',
          nullFields: either('nullFields') ?? 'omit',
          backoff: either('retryBackoff') ?? deliveryBackoff,
          partialResponse: either('partialResponse') ?? 'reported',
        };
      },
      secrets: given.secrets,
      assumeProvisionedMode: given.assumeProvisionedMode,
      ...(given.sqsEndpoint !== undefined && { sqsEndpoint: given.sqsEndpoint }),
    },
    problems: found.map(({ path, message }) => ({ path: placeOf(path, origins), message })),
  };
}

function placeOf(path: SettingPath, origins: Readonly<Record<string, string>>): SettingPath {
  const origin = path.length === 1 ? origins[String(path[0])] : undefined;
  return origin === undefined ? ['custom', OPTIONS_KEY, ...path] : [origin];
}

function unknownFunctions(named: readonly string[], functionKeys: readonly string[]): Problem[] {
  return named
    .filter((key) => !functionKeys.includes(key))
    .map((key) => ({ path: ['functions', key], message: 'there is no such function' }));
}
