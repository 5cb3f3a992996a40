import { orderFulfilment, orderProcessing } from '../../../lib/kafka/topics/topics.ts';
import {
  attemptResults,
  type DatabaseGauge,
  type GroupGauge,
} from '../../../lib/observability/metrics/metrics.ts';
import { cloudWatchMetric, inUnitOf, stageMetric } from '../cloudwatch-metrics.ts';
import { hasReceiver } from '../derived-settings.ts';
import {
  capitalized,
  type DeclaredFunction,
  readFunctions,
  readParameter,
  readStageName,
  type TemplatePart,
  type Variables,
} from '../framework.ts';
import {
  type Alarms,
  above,
  anyOf,
  computedAbove,
  expression,
  HOUR,
  lasting,
  type Measured,
  MINUTE,
  measured,
  missing,
  type Properties,
  query,
  repeated,
} from './metric-alarms.ts';
import { objectiveAlarms } from './objective-alarms.ts';

/** Returns the alarms of the application. docs/operations.md has the remedy for each; a test compares both lists. */
export async function alarms(variables: Variables): Promise<TemplatePart> {
  const stage = await readStageName(variables);
  const topicArn = await readParameter(variables, 'alarmTopicArn');
  const functions = await readFunctions(variables);
  const all: Alarms = {
    ...stageAlarms(stage),
    ...groupAlarms(stage, 'Processing', orderProcessing.group),
    ...((await readParameter(variables, 'rateLimit')) === '' ? {} : rateLimitAlarms(stage)),
    ...((await hasReceiver(variables)) ? receiverAlarms(stage) : {}),
    ...Object.assign({}, ...Object.entries(functions).map(([name, fn]) => functionAlarms(name, fn))),
  };
  const notifications = topicArn === '' ? {} : { AlarmActions: [topicArn], OKActions: [topicArn] };
  const metricAlarms = Object.entries(all).map(([name, properties]) => [
    `${name}Alarm`,
    {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { AlarmName: `orderly-${stage}-${name}`, ...properties, ...notifications },
    },
  ]);
  return { Resources: { ...Object.fromEntries(metricAlarms), ...objectiveAlarms(stage, notifications) } };
}

/**
 * Alarms when records waited for 5 minutes and the offset of the oldest did not change. Needs at least 4 measurements:
 * with fewer, an unchanged offset means nothing.
 */
function unmoved(stage: string, group: string): Properties {
  const gauge = (id: string, name: GroupGauge, statistic: string): Properties =>
    query(id, stageMetric(stage, name, { ConsumerGroup: group }), statistic, 5 * MINUTE);
  return computedAbove(0, [
    expression('unmoved', 'IF(samples >= 4 AND waiting > 0 AND highest == lowest, 1, 0)', true),
    gauge('samples', 'OldestWaitingOffset', 'SampleCount'),
    gauge('waiting', 'ConsumerLag', 'Minimum'),
    gauge('highest', 'OldestWaitingOffset', 'Maximum'),
    gauge('lowest', 'OldestWaitingOffset', 'Minimum'),
  ]);
}

function stageAlarms(stage: string): Alarms {
  const gauge = (name: DatabaseGauge): Measured => measured(stageMetric(stage, name, {}), 'Maximum');
  return {
    OpenDeadLetters: {
      AlarmDescription: 'There are open dead letters: records that could not be processed.',
      ...anyOf(gauge('OpenDeadLetters')),
    },
    OutboxLate: {
      AlarmDescription: 'Status events or dead letters are older than 5 minutes and not published.',
      ...above(inUnitOf('OutboxAge', 5 * MINUTE), gauge('OutboxAge'), lasting),
    },
    OutboxSetAside: {
      AlarmDescription: 'Kafka has permanently rejected status events or dead letters. They are parked.',
      ...anyOf(gauge('SetAsideOutboxRows')),
    },
    CallsLate: {
      AlarmDescription: 'Calls to the receiver that were due 15 minutes ago have not been made.',
      ...above(inUnitOf('DueAttemptsAge', 15 * MINUTE), gauge('DueAttemptsAge'), lasting),
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
      ...above(
        10,
        measured(cloudWatchMetric('AWS/ApiGateway', '5xx', { ApiId: { Ref: 'HttpApi' } }), 'Sum'),
        repeated,
      ),
    },
  };
}

/** The alarms of a stage with a limit per principal. A new process or a slow database accepts single requests unchecked. */
function rateLimitAlarms(stage: string): Alarms {
  return {
    RateLimitUnchecked: {
      AlarmDescription:
        'More than 60 requests a minute are accepted without a check of the limit per principal.',
      ...above(60, measured(stageMetric(stage, 'UncheckedRequests', {}), 'Sum'), lasting),
    },
  };
}

/** The alarms of a stage with a receiver. */
function receiverAlarms(stage: string): Alarms {
  const calls = (Result: (typeof attemptResults)[number]): Properties =>
    query(Result, stageMetric(stage, 'AttemptDuration', { Result }), 'SampleCount', 15 * MINUTE);
  return {
    ...groupAlarms(stage, 'Fulfilment', orderFulfilment.group),
    CallsFailing: {
      AlarmDescription: 'Within 15 minutes at least 10 calls to the receiver failed, and most of all calls.',
      ...computedAbove(0, [
        ...attemptResults.map(calls),
        expression('failed', 'FILL(retryable, 0)'),
        expression('answered', 'FILL(fulfilled, 0) + FILL(rejected, 0)'),
        expression('failing', 'IF(failed >= 10 AND failed > answered, 1, 0)', true),
      ]),
    },
  };
}

/** The alarms of a consumer group. Its topic keeps records for 168 hours. */
function groupAlarms(stage: string, name: string, group: string): Alarms {
  const gauge = (metricName: GroupGauge): Measured =>
    measured(stageMetric(stage, metricName, { ConsumerGroup: group }), 'Maximum');
  return {
    [`${name}Stalled`]: {
      AlarmDescription: `For 5 minutes ${group} has processed no record of a partition in which records wait.`,
      ...unmoved(stage, group),
    },
    [`${name}Late`]: {
      AlarmDescription: `${group} has not processed records that arrived 15 minutes ago.`,
      ...above(inUnitOf('ConsumerLagAge', 15 * MINUTE), gauge('ConsumerLagAge'), lasting),
    },
    [`${name}VeryLate`]: {
      AlarmDescription: `${group} has not processed records that arrived 24 hours ago. Kafka deletes them after 168 hours.`,
      ...above(inUnitOf('ConsumerLagAge', 24 * HOUR), gauge('ConsumerLagAge'), repeated),
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
  const counted = (metricName: string, statistic: string): Measured =>
    measured(
      cloudWatchMetric('AWS/Lambda', metricName, { FunctionName: { Ref: `${id}LambdaFunction` } }),
      statistic,
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
