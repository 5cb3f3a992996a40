import type { Service } from '../serverless.ts';
import { accessSecurity } from './access-security.ts';
import { contradictions } from './contradictions.ts';
import type { DeclaredMapping } from './declared-mappings.ts';
import { failurePlan } from './failure-handling.ts';
import { defaultConsumerGroupId } from './logical-id.ts';
import type { MappingDefinition, StartingPosition } from './mapping-definition.ts';
import { type MappingProperties, mappingProperties } from './mapping-properties.ts';
import { OPTIONS_KEY, type Options } from './options.ts';
import { type Problem, problemsOf, type SettingPath } from './problem.ts';
import { isIntrinsic } from './template-values.ts';

/** What Lambda waits when the window was never set. */
const DEFAULT_BATCHING_WINDOW_MS = 500;

const KNOWN_LATER =
  'has no value before a deployment. Known are parameters with a Default, Fn::Sub and Fn::Join, and ARNs of the queues of this template';

export interface ReadMapping {
  readonly declared: DeclaredMapping;
  /** Missing if the properties are not those of a mapping. */
  readonly properties?: MappingProperties;
  /** Missing if there are problems. */
  readonly definition?: MappingDefinition;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Checks a mapping as Lambda would, and completes it with the options. */
export function readMapping(service: Service, declared: DeclaredMapping, options: Options): ReadMapping {
  const parsed = mappingProperties.safeParse(declared.properties);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error).map(({ path, message }) => ({
      path: declared.place(path),
      message: isIntrinsic(valueAt(declared.properties, path)) ? KNOWN_LATER : message,
    }));
    return { declared, problems, warnings: [] };
  }
  const properties = parsed.data;
  const mappingOptions = options.of(declared.functionKey);
  const access = accessSecurity(properties.SourceAccessConfigurations, options.secrets);
  const plan = failurePlan(properties, mappingOptions, options.assumeProvisionedMode);
  const problems = [...contradictions(properties, Date.now()), ...access.problems].map(
    ({ path, message }) => ({ path: declared.place(path), message }),
  );
  const { bootstrapServers, sessionTimeoutMs, security = access.security ?? {} } = mappingOptions;
  const definition: MappingDefinition = {
    logicalId: declared.logicalId,
    functionKey: declared.functionKey,
    ...sourceOf(service, declared.logicalId, properties),
    failures: plan.failures,
    ...(plan.destination && { destination: plan.destination }),
    batches: mappingOptions.batches,
    nullFields: mappingOptions.nullFields,
    cluster: { bootstrapServers, security, sessionTimeoutMs },
  };
  return {
    declared,
    properties,
    ...(problems.length === 0 && { definition }),
    problems,
    warnings: plan.withoutEffect.map((property) => withoutEffect(declared, property)),
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

/** A reference has no value before a deployment; the function gets an ARN of the right form. */
function arnText(arn: string | object, region: string): string {
  return typeof arn === 'string'
    ? arn
    : `arn:aws:kafka:${region}:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1`;
}

function withoutEffect({ place }: DeclaredMapping, property: string): Problem {
  return {
    path: place([property]),
    message:
      'HAS NO EFFECT: on AWS it needs provisioned mode, and there is no ProvisionedPollerConfig ' +
      `(custom.${OPTIONS_KEY}.assumeProvisionedMode honours it all the same)`,
  };
}

function valueAt(value: unknown, [step, ...rest]: SettingPath): unknown {
  return step === undefined ? value : valueAt(Object(value)[step], rest);
}
