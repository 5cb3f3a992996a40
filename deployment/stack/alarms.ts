import { orderFulfilment, orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { hasReceiver } from './derived-settings.ts';
import {
  capitalized,
  type DeclaredFunction,
  readFunctions,
  readParameter,
  readStageName,
  type TemplatePart,
  type Variables,
} from './framework.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

type Properties = Readonly<Record<string, unknown>>;

/** Properties of alarms by name. */
type Alarms = Readonly<Record<string, Properties>>;

/** Returns the alarms of the application. docs/operations.md has the remedy for each; a test compares both lists. */
export async function alarms(variables: Variables): Promise<TemplatePart> {
  const stage = await readStageName(variables);
  const topicArn = await readParameter(variables, 'alarmTopicArn');
  const functions = await readFunctions(variables);
  const all: Alarms = {
    ...stageAlarms(stage),
    ...groupAlarms(stage, 'Processing', orderProcessing.group),
    ...((await hasReceiver(variables)) ? groupAlarms(stage, 'Fulfilment', orderFulfilment.group) : {}),
    ...Object.assign({}, ...Object.entries(functions).map(([name, fn]) => functionAlarms(name, fn))),
  };
  const notifications = topicArn === '' ? {} : { AlarmActions: [topicArn], OKActions: [topicArn] };
  const resources = Object.entries(all).map(([name, properties]) => [
    `${name}Alarm`,
    {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { AlarmName: `orderly-${stage}-${name}`, ...properties, ...notifications },
    },
  ]);
  return { Resources: Object.fromEntries(resources) };
}

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Statistic: string;
  readonly Period: number;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** How many periods must exceed the threshold, and out of how many. */
interface Periods {
  readonly of: number;
  readonly outOf: number;
}

const lasting: Periods = { of: 5, outOf: 5 };
const repeated: Periods = { of: 3, outOf: 5 };

/** Alarms when a metric exceeds a threshold. Missing data means normal: AWS sends none without calls. */
const above = (threshold: number, metric: Metric, { of, outOf }: Periods): Properties => ({
  ...metric,
  Threshold: threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: outOf,
  DatapointsToAlarm: of,
  TreatMissingData: 'notBreaching',
});

/** Raises an alarm with the first occurrence. The state needs an action of a person, so missing data keeps the alarm. */
const anyOf = (metric: Metric): Properties => ({
  ...above(0, metric, { of: 1, outOf: 1 }),
  TreatMissingData: 'ignore',
});

/** Alarms when a metric that is published every minute is missing: its publisher or its source has failed. */
const missing = (metric: Metric): Properties => ({
  ...metric,
  Statistic: 'SampleCount',
  Threshold: 1,
  ComparisonOperator: 'LessThanThreshold',
  EvaluationPeriods: 5,
  DatapointsToAlarm: 5,
  TreatMissingData: 'breaching',
});

/**
 * Alarms when records waited for 5 minutes and the offset of the oldest did not change. Needs at least 4 measurements:
 * with fewer, an unchanged offset means nothing.
 */
const unmoved = (gauge: (name: string) => Metric): Properties => {
  const query = (Id: string, metricName: string, Stat: string): Properties => {
    const { Namespace, MetricName, Dimensions } = gauge(metricName);
    const Metric = { Namespace, MetricName, Dimensions };
    return { Id, MetricStat: { Metric, Period: 5 * MINUTE, Stat }, ReturnData: false };
  };
  return {
    Metrics: [
      {
        Id: 'unmoved',
        Expression: 'IF(samples >= 4 AND waiting > 0 AND highest == lowest, 1, 0)',
        Label: 'unmoved',
        ReturnData: true,
      },
      query('samples', 'OldestWaitingOffset', 'SampleCount'),
      query('waiting', 'ConsumerLag', 'Minimum'),
      query('highest', 'OldestWaitingOffset', 'Maximum'),
      query('lowest', 'OldestWaitingOffset', 'Minimum'),
    ],
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  };
};

const metric = (
  Namespace: string,
  MetricName: string,
  Statistic: string,
  dimensions: Properties,
  Period = MINUTE,
): Metric => ({
  Namespace,
  MetricName,
  Statistic,
  Period,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

function stageAlarms(stage: string): Alarms {
  const gauge = (name: string): Metric => metric('Orderly', name, 'Maximum', { Stage: stage });
  return {
    OpenDeadLetters: {
      AlarmDescription: 'There are open dead letters: records that could not be processed.',
      ...anyOf(gauge('OpenDeadLetters')),
    },
    OutboxLate: {
      AlarmDescription: 'Status events or dead letters are older than 5 minutes and not published.',
      ...above(5 * MINUTE, gauge('OutboxAge'), lasting),
    },
    OutboxSetAside: {
      AlarmDescription: 'Kafka has permanently rejected status events or dead letters. They are parked.',
      ...anyOf(gauge('SetAsideOutboxRows')),
    },
    CallsLate: {
      AlarmDescription: 'Calls to the receiver that were due 15 minutes ago have not been made.',
      ...above(15 * MINUTE, gauge('DueAttemptsAge'), lasting),
    },
    DatabaseConnections: {
      AlarmDescription: 'More than 70 % of the connections that PostgreSQL allows are in use.',
      ...above(70, gauge('DatabaseConnectionsUsed'), repeated),
    },
    DatabaseGaugesMissing: {
      AlarmDescription: 'For 5 minutes the gauges of PostgreSQL have not been published.',
      ...missing(gauge('DatabaseConnections')),
    },
    ApiFailing: {
      AlarmDescription: 'The API answers more than 10 requests a minute with 5xx.',
      ...above(10, metric('AWS/ApiGateway', '5xx', 'Sum', { ApiId: { Ref: 'HttpApi' } }), repeated),
    },
  };
}

/** The alarms of a consumer group. Its topic keeps records for 168 hours. */
function groupAlarms(stage: string, name: string, group: string): Alarms {
  const gauge = (metricName: string): Metric =>
    metric('Orderly', metricName, 'Maximum', { Stage: stage, ConsumerGroup: group });
  return {
    [`${name}Stalled`]: {
      AlarmDescription: `For 5 minutes ${group} has processed no record of a partition in which records wait.`,
      ...unmoved(gauge),
    },
    [`${name}Late`]: {
      AlarmDescription: `${group} has not processed records that arrived 15 minutes ago.`,
      ...above(15 * MINUTE, gauge('ConsumerLagAge'), lasting),
    },
    [`${name}VeryLate`]: {
      AlarmDescription: `${group} has not processed records that arrived 24 hours ago. Kafka deletes them after 168.`,
      ...above(24 * HOUR, gauge('ConsumerLagAge'), repeated),
    },
    [`${name}GaugesMissing`]: {
      AlarmDescription: `For 5 minutes the lag of ${group} has not been published.`,
      ...missing(gauge('ConsumerLag')),
    },
  };
}

function functionAlarms(name: string, { timeout, events }: DeclaredFunction): Alarms {
  const id = capitalized(name);
  const isHourly = events.some(({ schedule }) => schedule === 'rate(1 hour)');
  const counted = (metricName: string, statistic: string): Metric =>
    metric(
      'AWS/Lambda',
      metricName,
      statistic,
      { FunctionName: { Ref: `${id}LambdaFunction` } },
      isHourly ? HOUR : MINUTE,
    );
  return {
    [`${id}Errors`]: {
      AlarmDescription: `${name} fails repeatedly.`,
      ...above(0, counted('Errors', 'Sum'), repeated),
    },
    [`${id}Throttles`]: {
      AlarmDescription: `Lambda throttles ${name} repeatedly, because its reserved concurrency is in use.`,
      ...above(0, counted('Throttles', 'Sum'), repeated),
    },
    ...(timeout !== undefined && events.some(({ msk }) => msk !== undefined)
      ? {
          [`${id}Slow`]: {
            AlarmDescription: `Batches of ${name} take more than 80 % of its timeout of ${timeout} s.`,
            ...above(timeout * 800, counted('Duration', 'Maximum'), repeated), // milliseconds
          },
        }
      : {}),
  };
}
