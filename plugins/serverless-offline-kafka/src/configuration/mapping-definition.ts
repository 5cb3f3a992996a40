import * as z from 'zod';
import type { RecordFilter } from '../filter/record-filter.ts';
import type { FunctionEvent, MskEvent, Service } from '../serverless.ts';
import { defaultConsumerGroupId, kafkaLogicalId, mskLogicalId } from './logical-id.ts';
import {
  kafkaProperties,
  type MappingProperties,
  mappingProperties,
  mskProperties,
  withoutEffect,
} from './mapping-properties.ts';

/** One event source mapping, as the service file declares it. */
export interface MappingDefinition {
  readonly logicalId: string;
  readonly functionKey: string;
  readonly topic: string;
  /** Of an `msk` event; a `kafka` event has none. */
  readonly eventSourceArn?: string;
  readonly consumerGroupId: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly startingPosition: StartingPosition;
  /** A record must pass one of them, if there are any. */
  readonly filters: readonly RecordFilter[];
}

/** Where a group begins that has no committed offset. */
export type StartingPosition =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number };

export interface MappingDefinitions {
  /** Of the mappings that are enabled. */
  readonly definitions: readonly MappingDefinition[];
  /** Each one forbids to start. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** What Lambda waits when the window was never set. */
const DEFAULT_BATCHING_WINDOW_MS = 500;

const extensionsSchema = z.object({
  extensions: z
    .record(z.string(), z.object({ Properties: z.record(z.string(), z.unknown()).default({}) }))
    .default({}),
});

/**
 * Reads every `msk` and `kafka` event of a service and lays `resources.extensions.<LogicalId>.Properties` over
 * it, property by property, as osls does when it packages.
 */
export function readMappingDefinitions(service: Service): MappingDefinitions {
  const problems: string[] = [];
  const warnings: string[] = [];
  const extensions = readExtensions(service, problems);
  const declared = service.getAllFunctions().flatMap((functionKey) =>
    (service.getFunction(functionKey).events ?? []).flatMap((event) => {
      const mapping = declaredMapping(functionKey, event);
      return mapping === undefined ? [] : [mapping];
    }),
  );
  problems.push(...duplicates(declared.map(({ logicalId }) => logicalId)).map(overwritten));
  for (const id of Object.keys(extensions)) {
    if (/EventSourceMapping(MSK|Kafka)/.test(id) && !declared.some(({ logicalId }) => logicalId === id)) {
      problems.push(`resources.extensions.${id}: no function has the event that this would extend`);
    }
  }

  const definitions: MappingDefinition[] = [];
  for (const { functionKey, logicalId, event, properties } of declared) {
    const parsed = mappingProperties.safeParse({ ...properties, ...extensions[logicalId]?.Properties });
    if (!parsed.success) {
      problems.push(
        ...parsed.error.issues.map(({ path, message }) =>
          [
            `function ${functionKey} (${logicalId})`,
            ...(path.length > 0 ? [path.join('.')] : []),
            message,
          ].join(': '),
        ),
      );
      continue;
    }
    warnings.push(...warningsOf(logicalId, event, parsed.data));
    if (parsed.data.Enabled) {
      definitions.push(definitionOf(service, functionKey, logicalId, parsed.data));
    }
  }
  problems.push(
    ...duplicates(definitions.map(({ consumerGroupId }) => consumerGroupId)).map(
      (group) =>
        `consumer group ${group}: two mappings would share it, and each would see a part of the records`,
    ),
  );
  return { definitions, problems, warnings };
}

function readExtensions(
  service: Service,
  problems: string[],
): z.infer<typeof extensionsSchema>['extensions'] {
  const parsed = extensionsSchema.safeParse(service.resources ?? {});
  if (parsed.success) {
    return parsed.data.extensions;
  }
  problems.push(...parsed.error.issues.map(({ path, message }) => `resources.${path.join('.')}: ${message}`));
  return {};
}

interface DeclaredMapping {
  readonly functionKey: string;
  readonly logicalId: string;
  readonly event: FunctionEvent;
  readonly properties: Record<string, unknown>;
}

function declaredMapping(functionKey: string, event: FunctionEvent): DeclaredMapping | undefined {
  if (event.msk) {
    const logicalId = mskLogicalId(functionKey, clusterName(event.msk.arn), event.msk.topic);
    return { functionKey, logicalId, event, properties: mskProperties(event.msk) };
  }
  if (event.kafka) {
    const logicalId = kafkaLogicalId(functionKey, event.kafka.topic);
    return { functionKey, logicalId, event, properties: kafkaProperties(event.kafka) };
  }
  return undefined;
}

function definitionOf(
  service: Service,
  functionKey: string,
  logicalId: string,
  properties: MappingProperties,
): MappingDefinition {
  const { stage = 'dev', region = 'us-east-1' } = service.provider;
  const [topic] = properties.Topics;
  const windowSeconds = properties.MaximumBatchingWindowInSeconds;
  return {
    logicalId,
    functionKey,
    topic,
    ...(properties.EventSourceArn !== undefined && {
      eventSourceArn: arnText(properties.EventSourceArn, region),
    }),
    consumerGroupId:
      properties.AmazonManagedKafkaEventSourceConfig?.ConsumerGroupId ??
      properties.SelfManagedKafkaEventSourceConfig?.ConsumerGroupId ??
      defaultConsumerGroupId(`${service.service}-${stage}`, logicalId),
    batchSize: properties.BatchSize,
    batchingWindowMs: windowSeconds === undefined ? DEFAULT_BATCHING_WINDOW_MS : windowSeconds * 1_000,
    startingPosition:
      properties.StartingPosition === 'AT_TIMESTAMP'
        ? { type: 'AT_TIMESTAMP', timestampMs: (properties.StartingPositionTimestamp ?? 0) * 1_000 }
        : { type: properties.StartingPosition },
    filters: properties.FilterCriteria?.Filters.map(({ Pattern }) => Pattern) ?? [],
  };
}

function warningsOf(logicalId: string, event: FunctionEvent, properties: MappingProperties): string[] {
  const ignored = withoutEffect.filter((name) => properties[name] !== undefined);
  const given = event.msk ?? event.kafka;
  return [
    ...(ignored.length > 0
      ? [`${logicalId}: ${ignored.join(', ')} not emulated yet: a failing batch is retried for ever.`]
      : []),
    ...(given?.maximumBatchingWindow === 0 && properties.MaximumBatchingWindowInSeconds === undefined
      ? [
          `${logicalId}: maximumBatchingWindow 0 is dropped when the service is packaged, so the window is ` +
            `${DEFAULT_BATCHING_WINDOW_MS} ms; set MaximumBatchingWindowInSeconds in resources.extensions.`,
        ]
      : []),
  ];
}

/** The part of an ARN that osls puts into the logical id. */
function clusterName(arn: MskEvent['arn']): string {
  if (typeof arn === 'string') {
    return arn.split('/')[1] ?? '';
  }
  return 'Ref' in arn ? arn.Ref : arn['Fn::ImportValue'];
}

/** A reference has no value before a deployment; the function gets an ARN of the right form. */
function arnText(arn: unknown, region: string): string {
  return typeof arn === 'string'
    ? arn
    : `arn:aws:kafka:${region}:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1`;
}

const duplicates = (ids: readonly string[]): string[] => [
  ...new Set(ids.filter((id, index) => ids.indexOf(id) !== index)),
];

const overwritten = (logicalId: string): string =>
  `${logicalId}: two events have this logical id, and one would overwrite the other in a deployment`;
