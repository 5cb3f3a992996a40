import * as z from 'zod';
import { compileFilter } from '../filter/record-filter.ts';
import type { KafkaEvent, MskEvent } from '../serverless.ts';

const notEmulated = (what: string): z.ZodOptional<z.ZodNever> =>
  z.never(`${what} is not emulated yet, and without it records would go where they do not belong`).optional();

const filter = z.strictObject({
  Pattern: z
    .string()
    .max(4_096)
    .transform((pattern, context) => {
      const { filter, problems } = compileFilter(pattern);
      for (const message of problems) {
        context.addIssue({ code: 'custom', message });
      }
      return filter;
    }),
});

const groupConfig = z
  .strictObject({
    ConsumerGroupId: z
      .string()
      .regex(/^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/)
      .optional(),
    SchemaRegistryConfig: notEmulated('a schema registry'),
    ConsumptionMode: z.literal('Stream').optional(),
  })
  .optional();

/**
 * `Properties` of an `AWS::Lambda::EventSourceMapping` for Kafka, with the limits and defaults of
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html.
 * Closed, so that a misspelt property is found here and not in a deployment.
 */
export const mappingProperties = z
  .strictObject({
    Topics: z.tuple([z.string().min(1).max(249)]),
    EventSourceArn: z.unknown().optional(),
    SelfManagedEventSource: z.unknown().optional(),
    SourceAccessConfigurations: z.unknown().optional(),
    Enabled: z.boolean().default(true),
    BatchSize: z.int().min(1).max(10_000).default(100),
    MaximumBatchingWindowInSeconds: z.int().min(0).max(300).optional(),
    StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']).default('TRIM_HORIZON'),
    StartingPositionTimestamp: z.number().min(0).optional(),
    AmazonManagedKafkaEventSourceConfig: groupConfig,
    SelfManagedKafkaEventSourceConfig: groupConfig,
    FilterCriteria: z.strictObject({ Filters: z.array(filter).max(10).default([]) }).optional(),
    FunctionResponseTypes: notEmulated('a partial batch response'),
    BisectBatchOnFunctionError: z.unknown().optional(),
    DestinationConfig: z.unknown().optional(),
    MaximumRecordAgeInSeconds: z.unknown().optional(),
    MaximumRetryAttempts: z.unknown().optional(),
    ProvisionedPollerConfig: z.unknown().optional(),
    KmsKeyArn: z.unknown().optional(),
    LoggingConfig: z.unknown().optional(),
    MetricsConfig: z.unknown().optional(),
    Tags: z.unknown().optional(),
  })
  .refine(
    (given) => given.StartingPosition !== 'AT_TIMESTAMP' || given.StartingPositionTimestamp !== undefined,
    {
      path: ['StartingPositionTimestamp'],
      message: 'required with StartingPosition AT_TIMESTAMP',
    },
  );

export type MappingProperties = z.infer<typeof mappingProperties>;

/** Accepted without effect. Each of them may only drop or move records that here are retried for ever. */
export const withoutEffect = [
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ProvisionedPollerConfig',
] as const satisfies readonly (keyof MappingProperties)[];

/** What osls makes of an `msk` event when it packages. */
export function mskProperties(event: MskEvent): Record<string, unknown> {
  return {
    ...sharedProperties(event),
    EventSourceArn: event.arn,
    ...(event.consumerGroupId && {
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: event.consumerGroupId },
    }),
  };
}

/** What osls makes of a `kafka` event when it packages. */
export function kafkaProperties(event: KafkaEvent): Record<string, unknown> {
  return {
    ...sharedProperties(event),
    ...(event.consumerGroupId && {
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: event.consumerGroupId },
    }),
    ...(event.onFailureDestination && {
      DestinationConfig: { OnFailure: { Destination: event.onFailureDestination } },
    }),
  };
}

function sharedProperties(event: MskEvent | KafkaEvent): Record<string, unknown> {
  return {
    Topics: [event.topic],
    StartingPosition: event.startingPosition,
    StartingPositionTimestamp: event.startingPositionTimestamp,
    BatchSize: event.batchSize,
    Enabled: event.enabled,
    // osls tests for truth here: a window of 0 is dropped, and AWS then takes its default
    ...(event.maximumBatchingWindow && { MaximumBatchingWindowInSeconds: event.maximumBatchingWindow }),
    ...(event.filterPatterns && {
      FilterCriteria: {
        Filters: event.filterPatterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })),
      },
    }),
    ...(event.provisionedPollerConfig !== undefined && {
      ProvisionedPollerConfig: event.provisionedPollerConfig,
    }),
  };
}
