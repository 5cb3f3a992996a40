import { describe, expect, test } from '@jest/globals';
import { aKafkaEvent, LOGICAL_ID, only, read, readExtended } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

const PLACE = `resources.extensions.${LOGICAL_ID}.Properties`;
const PROVISIONED = { ProvisionedPollerConfig: { MinimumPollers: 1 } };
const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:dead';
const sendTo = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
const FOR_EVER = Number.POSITIVE_INFINITY;

const everything = {
  MaximumRetryAttempts: 3,
  MaximumRecordAgeInSeconds: 60,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  LoggingConfig: { SystemLogLevel: 'INFO' },
  ...sendTo('kafka://orders.dead'),
};
const honoured = {
  failures: { maximumRetries: 3, maximumRecordAgeMs: 60_000, bisects: true, reportsItemFailures: true },
  destination: { type: 'kafka', topic: 'orders.dead' },
};

describe('in provisioned mode', () => {
  test.each([
    ['MinimumPollers', { MinimumPollers: 1 }],
    ['MaximumPollers', { MaximumPollers: 1 }],
    ['PollerGroupName', { PollerGroupName: 'pollers' }],
  ])('by %s every setting takes effect', (_, ProvisionedPollerConfig) => {
    const given = readExtended({ ...everything, ProvisionedPollerConfig });

    expect(only(given)).toMatchObject(honoured);
    expect(given.warnings).toEqual([]);
  });

  test('of an event every setting takes effect', () => {
    expect(
      only(readExtended(everything, {}, { provisionedPollerConfig: { maximumPollers: 2 } })),
    ).toMatchObject(honoured);
  });

  test('nothing is discarded without settings', () => {
    const { failures, destination } = only(readExtended(PROVISIONED));

    expect(failures).toMatchObject({
      maximumRetries: FOR_EVER,
      maximumRecordAgeMs: FOR_EVER,
      bisects: false,
      reportsItemFailures: false,
    });
    expect(destination).toBeUndefined();
  });
});

describe('without provisioned mode', () => {
  test.each([
    ['nothing', {}],
    ['an empty ProvisionedPollerConfig', { ProvisionedPollerConfig: {} }],
  ])('(%s) settings that need it have no effect, with a warning for each', (_, config) => {
    const given = readExtended({ ...everything, ...config });

    expect(only(given).failures).toMatchObject({
      maximumRetries: FOR_EVER,
      maximumRecordAgeMs: FOR_EVER,
      bisects: false,
      reportsItemFailures: false,
    });
    expect(only(given).destination).toBeUndefined();
    expect(given.warnings.map((line) => line.split(': it needs')[0])).toEqual(
      [
        'MaximumRetryAttempts',
        'MaximumRecordAgeInSeconds',
        'BisectBatchOnFunctionError',
        'FunctionResponseTypes',
        'DestinationConfig',
        'LoggingConfig',
      ].map((property) => `${PLACE}.${property}: HAS NO EFFECT`),
    );
  });

  test('assumeProvisionedMode applies them without a warning', () => {
    const given = readExtended(everything, { assumeProvisionedMode: true });

    expect(only(given)).toMatchObject(honoured);
    expect(given.warnings).toEqual([]);
  });

  test('default values cause no warning', () => {
    const { warnings } = readExtended({
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      FunctionResponseTypes: [],
      LoggingConfig: {},
    });

    expect(warnings).toEqual([]);
  });

  test('a queue takes effect, and a topic in a kafka event does not', () => {
    const withTopic = read(
      aService({ work: [aKafkaEvent({ onFailureDestination: 'kafka://orders.dead' })] }),
    );
    const withQueue = read(aService({ work: [aKafkaEvent({ onFailureDestination: QUEUE })] }));

    expect(only(withQueue).destination).toEqual({ type: 'sqs', queueArn: QUEUE });
    expect(withQueue.warnings).toEqual([]);
    expect(only(withTopic).destination).toBeUndefined();
    expect(withTopic.warnings).toEqual([
      expect.stringContaining('functions.work.events.0.kafka.onFailureDestination: HAS NO EFFECT'),
    ]);
  });
});

describe('the retries', () => {
  test.each([
    ['end after 10 with a queue, without provisioned mode', { ...sendTo(QUEUE) }, 10],
    ['end after 10 with a queue', { ...PROVISIONED, ...sendTo(QUEUE) }, 10],
    ['end after 10 with a topic', { ...PROVISIONED, ...sendTo('kafka://dead') }, 10],
    [
      'are limited to 10 with a destination if they are infinite',
      { ...PROVISIONED, ...sendTo(QUEUE), MaximumRetryAttempts: -1 },
      10,
    ],
    [
      'are as configured, also more than 10',
      { ...PROVISIONED, ...sendTo(QUEUE), MaximumRetryAttempts: 11 },
      11,
    ],
    ['may be none', { ...PROVISIONED, MaximumRetryAttempts: 0 }, 0],
    ['are infinite with a topic that has no effect', { ...sendTo('kafka://dead') }, FOR_EVER],
    ['are infinite if the destination is removed', { ...PROVISIONED, ...sendTo('') }, FOR_EVER],
  ])('%s', (_, properties, retries) => {
    expect(only(readExtended(properties)).failures.maximumRetries).toBe(retries);
  });
});

describe('a destination', () => {
  test.each([
    ['the topic that is read', 'kafka://orders', 'would be read again for ever'],
    ['a FIFO queue', `${QUEUE}.fifo`, 'FIFO'],
    [
      'an SNS topic',
      'arn:aws:sns:eu-west-1:000000000000:dead',
      'SNS topics as destinations are not supported locally',
    ],
    ['an S3 bucket', 'arn:aws:s3:::dead', 'S3 buckets as destinations are not supported locally'],
    [
      'a function',
      'arn:aws:lambda:eu-west-1:000000000000:function:dead',
      'must be the ARN of an SQS queue or kafka://',
    ],
  ])('cannot be %s', (_, Destination, message) => {
    const { definitions, problems } = readExtended({ ...PROVISIONED, ...sendTo(Destination) });

    expect(definitions).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(message)]);
    expect(problems).toEqual([expect.stringContaining(`${PLACE}.DestinationConfig.OnFailure.Destination: `)]);
  });
});
