import { orderFulfilment, orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { hasReceiver } from './derived-settings.ts';
import { capitalized, readFunctions, readStageName, type TemplatePart, type Variables } from './framework.ts';

const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 6;

/**
 * Returns the dashboard of the stage. From top left it shows whether orders arrive and are processed, what waits,
 * and what fails.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export async function dashboard(variables: Variables): Promise<TemplatePart> {
  const stage = await readStageName(variables);
  const functions = Object.keys(await readFunctions(variables));
  const groups = (await hasReceiver(variables))
    ? [orderProcessing.group, orderFulfilment.group]
    : [orderProcessing.group];
  const body = JSON.stringify({ widgets: widgets(stage, functions, groups).map(positioned) });
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: `orderly-${stage}`, DashboardBody: { 'Fn::Sub': body } },
      },
    },
  };
}

interface Widget {
  readonly title: string;
  readonly stat?: string;
  readonly metrics: readonly (readonly unknown[])[];
}

const positioned = (properties: Widget, index: number): Readonly<Record<string, unknown>> => ({
  type: 'metric',
  x: (index * WIDTH) % COLUMNS,
  y: Math.floor((index * WIDTH) / COLUMNS) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
  properties: { region: '${AWS::Region}', view: 'timeSeries', period: 60, ...properties },
});

type Options = Readonly<Record<string, unknown>>;

function widgets(stage: string, functions: readonly string[], groups: readonly string[]): Widget[] {
  const gauge = (name: string, label: string, options: Options = {}): unknown[] => [
    ...['Orderly', name, 'Stage', stage],
    { label, ...options },
  ];
  const ofGroup = (name: string, group: string, options: Options = {}): unknown[] => [
    ...['Orderly', name, 'Stage', stage, 'ConsumerGroup', group],
    { label: group, ...options },
  ];
  const ofApi = (name: string, label: string): unknown[] => [
    ...['AWS/ApiGateway', name, 'ApiId', '${HttpApi}'],
    { label },
  ];
  const ofLambda = (name: string, label: string, fn: string, options: Options = {}): unknown[] => [
    ...['AWS/Lambda', name, 'FunctionName', `\${${capitalized(fn)}LambdaFunction}`],
    { label, ...options },
  ];
  const processed = (name: string, id: string): unknown[] =>
    ofGroup(name, orderProcessing.group, { id, visible: false });
  const perMinute = (id: string, label: string): unknown[] => [
    { expression: `DIFF(${id})`, label, id: `${id}_per_minute` },
  ];
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
      title: 'Age of the oldest unprocessed record, seconds',
      stat: 'Maximum',
      metrics: groups.map((group) => ofGroup('ConsumerLagAge', group)),
    },
    {
      title: 'Unprocessed records',
      stat: 'Maximum',
      metrics: groups.map((group) => ofGroup('ConsumerLag', group)),
    },
    {
      title: 'Offset of the oldest unprocessed record',
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
      title: 'Open dead letters and parked outbox rows',
      stat: 'Maximum',
      metrics: [
        gauge('OpenDeadLetters', 'open dead letters'),
        gauge('SetAsideOutboxRows', 'parked outbox rows'),
      ],
    },
    {
      title: 'Waiting',
      stat: 'Maximum',
      metrics: [
        gauge('OutboxRows', 'outbox, rows'),
        gauge('DueAttempts', 'due calls'),
        gauge('ProcessingOrders', 'orders in PROCESSING'),
      ],
    },
    {
      title: 'Waiting, seconds',
      stat: 'Maximum',
      metrics: [gauge('OutboxAge', 'outbox'), gauge('DueAttemptsAge', 'due calls')],
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
        gauge('DatabaseConnections', 'in use'),
        gauge('DatabaseConnectionsUsed', '% of the maximum', { yAxis: 'right' }),
      ],
    },
  ];
}
