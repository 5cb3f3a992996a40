import type { Service } from '../serverless.ts';
import { accessSecurity } from './access-security.ts';
import { conflictingSettings } from './conflicting-settings.ts';
import type { DeclaredMapping } from './declared-mappings.ts';
import { failurePlan } from './failure-handling.ts';
import { ignoredSettings } from './ignored-settings.ts';
import { DEPLOY_TIME_ONLY, knownProperties, remedy, withRemedy } from './known-properties.ts';
import { localCluster } from './local-cluster.ts';
import type { MappingDefinition, StartingPosition } from './mapping-definition.ts';
import type { MappingProperties } from './mapping-properties.ts';
import { defaultConsumerGroupId } from './naming.ts';
import { OPTIONS_KEY, type Options } from './options.ts';
import type { Problem } from './problem.ts';
import type { DEPLOY_TIME_VALUE } from './template-value.ts';
import type { TemplateValues } from './template-values.ts';

/** Lambda's batching window if it is not set. */
const DEFAULT_BATCHING_WINDOW_MS = 500;

export interface ReadMapping {
  readonly declared: DeclaredMapping;
  /** Absent if the properties are invalid. */
  readonly properties?: MappingProperties;
  /** Absent if there are problems. */
  readonly definition?: MappingDefinition;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly notices: readonly Problem[];
}

/** Validates a mapping as Lambda does, and applies the options. */
export function readMapping(
  service: Service,
  declared: DeclaredMapping,
  options: Options,
  values: TemplateValues,
): ReadMapping {
  const { settingPath, logicalId, functionKey } = declared;
  const parsed = knownProperties(declared, values);
  const withSettingPaths = (problems: readonly Problem[]): Problem[] =>
    problems.map(({ path, message }) => ({ path: settingPath(path), message }));
  const { properties } = parsed;
  if (!properties) {
    return { declared, problems: withSettingPaths(parsed.problems), warnings: [], notices: [] };
  }
  const mappingOptions = options.of(functionKey, logicalId);
  const access = accessSecurity(properties.SourceAccessConfigurations, options.secrets);
  const plan = failurePlan(properties, mappingOptions, options.assumeProvisionedMode);
  const { cluster, notices } = localCluster(properties, mappingOptions, access.security, settingPath);
  const problems = [
    ...parsed.problems,
    ...withRemedy(conflictingSettings(properties, Date.now()), parsed.deployTimeSettings, logicalId),
    ...access.problems,
  ];
  const definition: MappingDefinition = {
    logicalId,
    functionKey,
    ...sourceOf(service, logicalId, properties),
    filterMismatch: mappingOptions.filterMismatch,
    failures: plan.failures,
    ...(plan.destination && { destination: plan.destination }),
    batches: mappingOptions.batches,
    nullFields: mappingOptions.nullFields,
    cluster,
  };
  return {
    declared,
    properties,
    ...(problems.length === 0 && { definition }),
    problems: withSettingPaths(problems),
    warnings: [
      ...plan.withoutEffect.map((property) => withoutEffect(declared, property)),
      ...withSettingPaths(
        parsed.deployTimeSettings.map((path) => ({
          path,
          message: `${DEPLOY_TIME_ONLY}, so it counts as unset; ${remedy(logicalId)}`,
        })),
      ),
    ],
    notices: withSettingPaths([...notices, ...ignoredSettings(properties)]),
  };
}

function sourceOf(
  service: Service,
  logicalId: string,
  given: MappingProperties,
): Pick<
  MappingDefinition,
  | 'topic'
  | 'eventSourceArn'
  | 'consumerGroupId'
  | 'batchSize'
  | 'batchingWindowMs'
  | 'startingPosition'
  | 'filters'
> {
  const { stage = 'dev', region = 'us-east-1' } = service.provider;
  const windowSeconds = given.MaximumBatchingWindowInSeconds;
  const group = given.AmazonManagedKafkaEventSourceConfig ?? given.SelfManagedKafkaEventSourceConfig;
  return {
    topic: given.Topics[0],
    ...(given.EventSourceArn !== undefined && { eventSourceArn: arnText(given.EventSourceArn, region) }),
    consumerGroupId:
      group?.ConsumerGroupId ?? defaultConsumerGroupId(`${service.service}-${stage}`, logicalId),
    batchSize: given.BatchSize,
    batchingWindowMs: windowSeconds === undefined ? DEFAULT_BATCHING_WINDOW_MS : windowSeconds * 1_000,
    startingPosition: startingPosition(given),
    filters: given.FilterCriteria?.Filters.map(({ Pattern }) => Pattern) ?? [],
  };
}

function startingPosition({
  StartingPosition: type,
  StartingPositionTimestamp: seconds = 0,
}: MappingProperties): StartingPosition {
  return type === 'AT_TIMESTAMP' ? { type, timestampMs: seconds * 1_000 } : { type };
}

/** Returns the ARN, or a placeholder of the same form if only a deployment knows it. */
function arnText(arn: string | typeof DEPLOY_TIME_VALUE, region: string): string {
  return typeof arn === 'string'
    ? arn
    : `arn:aws:kafka:${region}:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1`;
}

function withoutEffect({ settingPath }: DeclaredMapping, property: string): Problem {
  return {
    path: settingPath([property]),
    message:
      'HAS NO EFFECT: it needs provisioned mode on AWS, and there is no ProvisionedPollerConfig ' +
      `(custom.${OPTIONS_KEY}.assumeProvisionedMode applies it anyway)`,
  };
}
