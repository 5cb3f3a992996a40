const { orderFulfilment, orderProcessing } = require('../../lib/kafka/topics/topics.ts');
const { isOn: hasReceiver } = require('./fulfilment.cjs');

const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 6;

/**
 * One page that answers, from top left: do orders come in, are they processed, does anybody wait, does anything fail.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
module.exports = async ({ resolveVariable, resolveConfigurationProperty }) => {
  const stage = await resolveVariable('sls:stage');
  const functions = Object.keys(await resolveConfigurationProperty(['functions']));
  const groups = (await hasReceiver({ resolveVariable }))
    ? [orderProcessing.group, orderFulfilment.group]
    : [orderProcessing.group];
  const body = JSON.stringify({ widgets: widgets(stage, functions, groups).map(inPlace) });
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: `orderly-${stage}`, DashboardBody: { 'Fn::Sub': body } },
      },
    },
  };
};

const inPlace = (properties, index) => ({
  type: 'metric',
  x: (index * WIDTH) % COLUMNS,
  y: Math.floor((index * WIDTH) / COLUMNS) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
  properties: { region: '${AWS::Region}', view: 'timeSeries', period: 60, ...properties },
});

const functionId = (name) => `\${${name[0].toUpperCase()}${name.slice(1)}LambdaFunction}`;

function widgets(stage, functions, groups) {
  const gauge = (name, label, options = {}) => ['Orderly', name, 'Stage', stage, { label, ...options }];
  const ofGroup = (name, group, options = {}) => [
    ...['Orderly', name, 'Stage', stage, 'ConsumerGroup', group],
    { label: group, ...options },
  ];
  const ofApi = (name, label, options = {}) => [
    ...['AWS/ApiGateway', name, 'ApiId', '${HttpApi}'],
    { label, ...options },
  ];
  const ofLambda = (name, label, fn, options = {}) => [
    ...['AWS/Lambda', name, 'FunctionName', functionId(fn)],
    { label, ...options },
  ];
  const processed = (name, id) => ofGroup(name, orderProcessing.group, { id, visible: false });
  const perMinute = (id, label) => [{ expression: `DIFF(${id})`, label, id: `${id}_per_minute` }];
  return [
    {
      title: 'Commands a minute',
      stat: 'Maximum',
      metrics: [
        processed('EndOffsets', 'accepted'),
        perMinute('accepted', 'accepted'),
        processed('CommittedOffsets', 'processed'),
        perMinute('processed', 'processed'),
      ],
    },
    {
      title: 'Age of the oldest record that is not processed, seconds',
      stat: 'Maximum',
      metrics: groups.map((group) => ofGroup('ConsumerLagAge', group)),
    },
    {
      title: 'Records that are not processed',
      stat: 'Maximum',
      metrics: groups.map((group) => ofGroup('ConsumerLag', group)),
    },
    {
      title: 'Offset of the oldest record that is not processed',
      stat: 'Maximum',
      metrics: groups.map((group) => ofGroup('OldestWaitingOffset', group)),
    },
    {
      title: 'Requests a minute',
      stat: 'Sum',
      metrics: [ofApi('Count', 'all'), ofApi('4xx', '4xx'), ofApi('5xx', '5xx')],
    },
    {
      title: 'Milliseconds of POST /api/orders',
      metrics: ['p50', 'p95', 'p99'].map((stat) => ofLambda('Duration', stat, 'createOrder', { stat })),
    },
    {
      title: 'Milliseconds of a batch of orders',
      metrics: ['p50', 'p95', 'p99'].map((stat) => ofLambda('Duration', stat, 'processOrders', { stat })),
    },
    {
      title: 'Dead letters and what Kafka will not take',
      stat: 'Maximum',
      metrics: [gauge('OpenDeadLetters', 'open dead letters'), gauge('SetAsideOutboxRows', 'set aside')],
    },
    {
      title: 'Waiting',
      stat: 'Maximum',
      metrics: [
        gauge('OutboxRows', 'outbox, rows'),
        gauge('DueAttempts', 'calls that are due'),
        gauge('ProcessingOrders', 'orders in PROCESSING'),
      ],
    },
    {
      title: 'Waiting, seconds',
      stat: 'Maximum',
      metrics: [gauge('OutboxAge', 'outbox'), gauge('DueAttemptsAge', 'calls that are due')],
    },
    {
      title: 'Errors a minute',
      stat: 'Sum',
      metrics: functions.map((name) => ofLambda('Errors', name, name)),
    },
    {
      title: 'Throttles a minute',
      stat: 'Sum',
      metrics: functions.map((name) => ofLambda('Throttles', name, name)),
    },
    {
      title: 'Connections of PostgreSQL',
      stat: 'Maximum',
      metrics: [
        gauge('DatabaseConnections', 'taken'),
        gauge('DatabaseConnectionsUsed', '% of what it allows', { yAxis: 'right' }),
      ],
    },
  ];
}
