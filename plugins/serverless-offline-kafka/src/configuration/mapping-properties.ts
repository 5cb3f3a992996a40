import * as z from 'zod';
import { compileFilter } from '../filter/record-filter.ts';
import { destination, isKafkaTopic } from './destination.ts';
import { sourceAccess } from './source-access.ts';
import { deployTimeValue } from './template-value.ts';

// CloudFormation also accepts numbers and booleans as strings, and `${env:…}` is always a string.
const fromString = (given: unknown): unknown =>
  typeof given === 'string' && /^(-?\d+|true|false)$/.test(given) ? JSON.parse(given) : given;
const integer = (minimum: number, maximum: number): z.ZodType<number> =>
  z.preprocess(fromString, z.int().min(minimum).max(maximum));
const booleanValue = z.preprocess(fromString, z.boolean());

const never = (message: string): z.ZodOptional<z.ZodNever> => z.never(message).optional();
const notForKafka = never('does not apply to a Kafka mapping');
const text = z.union([z.string(), deployTimeValue]);

const topic = z.string().refine(isKafkaTopic, 'must be a topic name: 1 to 249 letters, digits, - _ and .');

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

const groupConfig = {
  ConsumerGroupId: z
    .string()
    .regex(/^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/, 'must be 1 to 200 letters, digits and - / * : _ + = . @')
    .optional(),
  SchemaRegistryConfig: never('a schema registry is not supported locally'),
};

const MSK_ARN = /^arn:[a-z-]+:kafka:[a-z0-9-]+:\d{12}:(cluster|vpc-connection)\/./;

const server = z
  .string()
  .max(300)
  .regex(/^[^\s,]+:\d{1,5}$/, 'must be host:port');

/**
 * `Properties` of an `AWS::Lambda::EventSourceMapping` for Kafka, with the limits and defaults of
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html. Unknown properties are rejected,
 * so that a misspelt property is found before a deployment. `conflictingSettings` has the rules between properties.
 */
export const mappingProperties = z.strictObject({
  FunctionName: z.unknown().optional(),
  Topics: z.tuple([topic], 'must have exactly one topic'),
  EventSourceArn: z
    .union([
      z.string().regex(MSK_ARN, 'must be the ARN of an MSK cluster or of a VPC connection to one'),
      deployTimeValue,
    ])
    .optional(),
  SelfManagedEventSource: z
    .strictObject({
      Endpoints: z.strictObject({
        KafkaBootstrapServers: z.union(
          [
            z
              .array(z.union([server, deployTimeValue]))
              .min(1)
              .max(10),
            deployTimeValue,
          ],
          '1 to 10 servers, host:port',
        ),
      }),
    })
    .optional(),
  SourceAccessConfigurations: z.array(sourceAccess).max(22).default([]),
  Enabled: booleanValue.default(true),
  BatchSize: integer(1, 10_000).default(100),
  MaximumBatchingWindowInSeconds: integer(0, 300).optional(),
  StartingPosition: z.enum(
    ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
    'must be TRIM_HORIZON, LATEST or AT_TIMESTAMP',
  ),
  StartingPositionTimestamp: z.preprocess(fromString, z.number().min(0)).optional(),
  AmazonManagedKafkaEventSourceConfig: z.strictObject(groupConfig).optional(),
  SelfManagedKafkaEventSourceConfig: z
    .strictObject({
      ...groupConfig,
      ConsumptionMode: z
        .literal('Stream', 'only Stream is supported locally: share groups (Queue) are not')
        .optional(),
    })
    .optional(),
  FilterCriteria: z.strictObject({ Filters: z.array(filter).max(10).default([]) }).optional(),
  DestinationConfig: z
    .strictObject({
      OnFailure: z.strictObject({ Destination: destination.optional() }).optional(),
      OnSuccess: notForKafka,
    })
    .optional(),
  MaximumRetryAttempts: integer(-1, 10_000).default(-1),
  MaximumRecordAgeInSeconds: z
    .preprocess(
      fromString,
      z
        .int()
        .refine(
          (seconds) => seconds === -1 || (seconds >= 60 && seconds <= 604_800),
          'must be -1 or 60 to 604800',
        ),
    )
    .default(-1),
  BisectBatchOnFunctionError: booleanValue.default(false),
  FunctionResponseTypes: z
    .array(z.literal('ReportBatchItemFailures', 'the only response type is ReportBatchItemFailures'))
    .refine((types) => types.length <= 1, 'must have at most one type')
    .default([]),
  ProvisionedPollerConfig: z
    .strictObject({
      MinimumPollers: integer(1, 200).optional(),
      MaximumPollers: integer(1, 2_000).optional(),
      PollerGroupName: z
        .string()
        .regex(/^[a-zA-Z0-9\-_]{0,128}$/, 'must be up to 128 letters, digits, - and _')
        .optional(),
    })
    .default({}),
  LoggingConfig: z.strictObject({ SystemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']).optional() }).optional(),
  MetricsConfig: z
    .strictObject({ Metrics: z.array(z.enum(['EventCount', 'ErrorCount', 'KafkaMetrics'])).optional() })
    .optional(),
  KmsKeyArn: text.optional(),
  Tags: z.unknown().optional(),
  ParallelizationFactor: notForKafka,
  TumblingWindowInSeconds: notForKafka,
  ScalingConfig: notForKafka,
  Queues: notForKafka,
  DocumentDBEventSourceConfig: notForKafka,
});

export type MappingProperties = z.infer<typeof mappingProperties>;
