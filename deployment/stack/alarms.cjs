const { orderFulfilment, orderProcessing } = require('../../lib/kafka/topics/topics.ts');
const { isOn: hasReceiver } = require('./fulfilment.cjs');

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** For each alarm what docs/operations.md says on what to do; a test keeps the two in step. */
module.exports = async ({ resolveVariable, resolveConfigurationProperty }) => {
  const stage = await resolveVariable('sls:stage');
  const topicArn = await resolveVariable("param:alarmTopicArn, ''");
  const functions = await resolveConfigurationProperty(['functions']);
  const alarms = {
    ...ofStage(stage),
    ...ofGroup(stage, 'Processing', orderProcessing.group),
    ...((await hasReceiver({ resolveVariable })) ? ofGroup(stage, 'Fulfilment', orderFulfilment.group) : {}),
    ...Object.assign({}, ...Object.entries(functions).map(ofFunction)),
  };
  const tells = topicArn === '' ? {} : { AlarmActions: [topicArn], OKActions: [topicArn] };
  const resources = Object.entries(alarms).map(([name, properties]) => [
    `${name}Alarm`,
    {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { AlarmName: `orderly-${stage}-${name}`, ...properties, ...tells },
    },
  ]);
  return { Resources: Object.fromEntries(resources) };
};

/** What is not normal for this long. Without data, which is how nothing is told of calls that nobody made, it is normal. */
const above = (threshold, metric, { of, outOf }) => ({
  ...metric,
  Threshold: threshold,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: outOf,
  DatapointsToAlarm: of,
  TreatMissingData: 'notBreaching',
});

/** A state that does not end by itself: told at once, and not over because it could not be measured. */
const anyOf = (metric) => ({
  ...above(0, metric, { of: 1, outOf: 1 }),
  TreatMissingData: 'ignore',
});

/** Measured every minute, or something is wrong with what measures, or with what it asks. */
const missing = (metric) => ({
  ...metric,
  Statistic: 'SampleCount',
  Threshold: 1,
  ComparisonOperator: 'LessThanThreshold',
  EvaluationPeriods: 5,
  DatapointsToAlarm: 5,
  TreatMissingData: 'breaching',
});

/**
 * For 5 minutes records waited and the offset of the oldest did not change. Needs at least 4 measurements: with fewer, an
 * unchanged offset means nothing.
 */
const unmoved = (gauge) => {
  const query = (Id, metricName, Stat) => {
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

const lasting = { of: 5, outOf: 5 };
const repeated = { of: 3, outOf: 5 };

const metric = (Namespace, MetricName, Statistic, dimensions, Period = MINUTE) => ({
  Namespace,
  MetricName,
  Statistic,
  Period,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

function ofStage(stage) {
  const gauge = (name) => metric('Orderly', name, 'Maximum', { Stage: stage });
  return {
    OpenDeadLetters: {
      AlarmDescription: 'Records that could not take effect wait for somebody to look at them.',
      ...anyOf(gauge('OpenDeadLetters')),
    },
    OutboxLate: {
      AlarmDescription: 'Status events or dead letters are not published: older than 5 minutes.',
      ...above(5 * MINUTE, gauge('OutboxAge'), lasting),
    },
    OutboxSetAside: {
      AlarmDescription: 'Kafka will never take some status events or dead letters.',
      ...anyOf(gauge('SetAsideOutboxRows')),
    },
    CallsLate: {
      AlarmDescription: 'Calls to the receiver that were due 15 minutes ago have not been made.',
      ...above(15 * MINUTE, gauge('DueAttemptsAge'), lasting),
    },
    DatabaseConnections: {
      AlarmDescription: 'More than 70 % of the connections that PostgreSQL allows are taken.',
      ...above(70, gauge('DatabaseConnectionsUsed'), repeated),
    },
    DatabaseGaugesMissing: {
      AlarmDescription: 'For 5 minutes nothing has been measured in PostgreSQL.',
      ...missing(gauge('DatabaseConnections')),
    },
    ApiFailing: {
      AlarmDescription: 'More than 10 requests a minute are answered with 5xx.',
      ...above(10, metric('AWS/ApiGateway', '5xx', 'Sum', { ApiId: { Ref: 'HttpApi' } }), repeated),
    },
  };
}

/** Of a topic that forgets after 168 hours. */
function ofGroup(stage, name, group) {
  const gauge = (metricName) =>
    metric('Orderly', metricName, 'Maximum', { Stage: stage, ConsumerGroup: group });
  return {
    [`${name}Stalled`]: {
      AlarmDescription: `For 5 minutes ${group} has processed no record of a partition in which records wait.`,
      ...unmoved(gauge),
    },
    [`${name}Late`]: {
      AlarmDescription: `${group} has not processed records that came 15 minutes ago.`,
      ...above(15 * MINUTE, gauge('ConsumerLagAge'), lasting),
    },
    [`${name}VeryLate`]: {
      AlarmDescription: `${group} has not processed records that came 24 hours ago. Kafka deletes them after 168.`,
      ...above(24 * HOUR, gauge('ConsumerLagAge'), repeated),
    },
    [`${name}GaugesMissing`]: {
      AlarmDescription: `For 5 minutes Kafka has not told how far ${group} is.`,
      ...missing(gauge('ConsumerLag')),
    },
  };
}

function ofFunction([name, { timeout, events }]) {
  const id = `${name[0].toUpperCase()}${name.slice(1)}`;
  const everyHour = events.some(({ schedule }) => schedule === 'rate(1 hour)');
  const counted = (metricName, statistic) =>
    metric(
      'AWS/Lambda',
      metricName,
      statistic,
      { FunctionName: { Ref: `${id}LambdaFunction` } },
      everyHour ? HOUR : MINUTE,
    );
  return {
    [`${id}Errors`]: {
      AlarmDescription: `${name} fails again and again.`,
      ...above(0, counted('Errors', 'Sum'), repeated),
    },
    [`${id}Throttles`]: {
      AlarmDescription: `${name} is not run again and again, because too many of it run already.`,
      ...above(0, counted('Throttles', 'Sum'), repeated),
    },
    ...(events.some(({ msk }) => msk)
      ? {
          [`${id}Slow`]: {
            AlarmDescription: `Batches of ${name} take nearly as long as it may run, ${timeout} s.`,
            ...above(timeout * 800, counted('Duration', 'Maximum'), repeated), // milliseconds: 80 % of it
          },
        }
      : {}),
  };
}
