import { beforeAll, describe, expect, test } from '@jest/globals';
import { alarms } from '../../../../deployment/stack/alarms/alarms.ts';
import { type DataPoint, isCompositeAlarmOn } from '../../../support/alarm-states.ts';
import type { Resources } from '../../../support/service-copy.ts';
import { serviceVariables } from '../../../support/service-variables.ts';

const ON_CALL = 'arn:aws:sns:eu-west-1:000000000000:orders-on-call';
const Stage = 'dev';

let resources: Resources;

beforeAll(async () => {
  const variables = serviceVariables({
    file: 'serverless.yml',
    stage: Stage,
    parameters: { alarmTopicArn: ON_CALL },
  });
  const { Resources } = await alarms(variables);
  resources = Object.fromEntries(
    Object.entries(Resources).map(([id, { Type, Properties }]) => [
      id,
      { Type, Properties: { ...Properties } },
    ]),
  );
});

const isOn = (name: string, ...data: readonly DataPoint[][]): boolean =>
  isCompositeAlarmOn(resources, `${name}Alarm`, data.flat());

const times = (count: number, points: readonly DataPoint[]): DataPoint[] => Array(count).fill(points).flat();

/** A request, as it is published: once by its route, and once with the class of its status. */
const request = (Route: string, StatusClass: string, ageSeconds = 60, ms = 20): DataPoint[] =>
  [
    { Stage, Route },
    { Stage, Route, StatusClass },
  ].map((dimensions) => ({
    name: 'RequestDuration',
    dimensions,
    value: ms,
    ageSeconds,
  }));

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const SINGLE = 'POST /api/orders';
const BULK = 'POST /api/orders/bulk';

describe('the availability of acceptance', () => {
  const name = 'SloAcceptanceAvailability';

  test.each<[string, boolean, DataPoint[][]]>([
    ['nothing is published', false, []],
    ['every request succeeds', false, [times(1_000, request(SINGLE, '2xx'))]],
    [
      '2 % of the requests have failed for some minutes: a burn rate of 20',
      true,
      [
        times(30_000, request(SINGLE, '2xx', 50 * HOUR)),
        times(8_000, request(SINGLE, '2xx', 3 * HOUR)),
        times(980, request(SINGLE, '2xx')),
        times(20, request(SINGLE, '5xx')),
      ],
    ],
    [
      '1 % of the requests have failed for some minutes: a burn rate of 10',
      false,
      [
        times(30_000, request(SINGLE, '2xx', 50 * HOUR)),
        times(8_000, request(SINGLE, '2xx', 3 * HOUR)),
        times(1_980, request(SINGLE, '2xx')),
        times(20, request(SINGLE, '5xx')),
      ],
    ],
    [
      '2 % of the requests of both routes together fail now',
      true,
      [times(980, request(SINGLE, '2xx')), times(20, request(BULK, '5xx'))],
    ],
    ['every bulk request fails, and there is no other', true, [times(10, request(BULK, '5xx'))]],
    [
      'requests are rejected, which is the mistake of the client',
      false,
      [times(500, request(SINGLE, '4xx')), times(500, request(SINGLE, '2xx'))],
    ],
    [
      'other routes fail',
      false,
      [times(500, request('GET /api/orders', '5xx')), times(500, request(SINGLE, '2xx'))],
    ],
    ['few requests arrive, and 9 of them fail', false, [times(9, request(SINGLE, '5xx'))]],
    [
      '0.08 % fail, which is less than planned',
      false,
      [times(19_984, request(SINGLE, '2xx')), times(16, request(SINGLE, '5xx'))],
    ],
    [
      'many requests failed until 7 hours ago',
      false,
      [times(100, request(SINGLE, '5xx', 7 * HOUR)), times(900, request(SINGLE, '2xx'))],
    ],
    [
      '0.7 % have failed for 6 hours: a burn rate of 7',
      true,
      [
        times(30_000, request(SINGLE, '2xx', 50 * HOUR)),
        ...[5 * HOUR, 3 * HOUR, 20 * MINUTE].flatMap((age) => [
          times(993, request(SINGLE, '2xx', age)),
          times(7, request(SINGLE, '5xx', age)),
        ]),
      ],
    ],
    [
      '0.5 % have failed for 6 hours: a burn rate of 5',
      false,
      [
        times(30_000, request(SINGLE, '2xx', 50 * HOUR)),
        ...[5 * HOUR, 3 * HOUR, 20 * MINUTE].flatMap((age) => [
          times(995, request(SINGLE, '2xx', age)),
          times(5, request(SINGLE, '5xx', age)),
        ]),
      ],
    ],
    [
      '0.2 % have failed for three days, which is twice the planned rate',
      true,
      [60 * HOUR, 30 * HOUR, HOUR].flatMap((age) => [
        times(1_996, request(SINGLE, '2xx', age)),
        times(4, request(SINGLE, '5xx', age)),
      ]),
    ],
    [
      '0.2 % have failed for three days, and 9 requests in all',
      false,
      [60 * HOUR, 30 * HOUR, HOUR].flatMap((age) => [
        times(1_497, request(SINGLE, '2xx', age)),
        times(3, request(SINGLE, '5xx', age)),
      ]),
    ],
  ])('%s: %s', (_what, expected, data) => {
    expect(isOn(name, ...data)).toBe(expected);
  });
});

describe('the latency of acceptance', () => {
  const name = 'SloAcceptanceLatency';

  test.each<[string, boolean, DataPoint[][]]>([
    ['nothing is published', false, []],
    ['every answer takes exactly 250 ms', false, [times(100, request(SINGLE, '2xx', 60, 250))]],
    [
      '20 % of the answers take 300 ms',
      true,
      [times(80, request(SINGLE, '2xx')), times(20, request(SINGLE, '2xx', 60, 300))],
    ],
    [
      'slow bulk requests are 20 % of all',
      true,
      [times(80, request(SINGLE, '2xx')), times(20, request(BULK, '2xx', 60, 300))],
    ],
    [
      'few bulk requests are slow, among many others that are not',
      false,
      [times(10_000, request(SINGLE, '2xx')), times(9, request(BULK, '2xx', 60, 300))],
    ],
    [
      '10 % of the answers take 300 ms, less than 14.4 times the budget, and more than 6 times',
      true,
      [times(180, request(SINGLE, '2xx')), times(20, request(SINGLE, '2xx', 60, 300))],
    ],
    ['the slow answers are failures', false, [times(100, request(SINGLE, '5xx', 60, 4_000))]],
    ['few orders arrive, and 9 of them are slow', false, [times(9, request(SINGLE, '2xx', 60, 300))]],
  ])('%s: %s', (_what, expected, data) => {
    expect(isOn(name, ...data)).toBe(expected);
  });
});

describe('the time to COMPLETED', () => {
  const completed = (seconds: number, ageSeconds = 60): DataPoint[] => [
    { name: 'CompletionTime', dimensions: { Stage }, value: seconds, ageSeconds },
  ];

  test.each<[string, boolean, DataPoint[][]]>([
    ['nothing is published', false, []],
    ['every order takes exactly 30 s', false, [times(1_000, completed(30))]],
    ['20 % of the orders take 31 s', true, [times(80, completed(1)), times(20, completed(31))]],
    ['2 % of the orders take 31 s', true, [times(980, completed(1)), times(20, completed(31))]],
    ['0.8 % of the orders take 31 s', false, [times(1_984, completed(1)), times(16, completed(31))]],
  ])('%s: %s', (_what, expected, data) => {
    expect(isOn('SloCompletionTime', ...data)).toBe(expected);
  });
});

describe('the rate of dead letters', () => {
  const batch = (records: number, ConsumerGroup = 'order-processing-group'): DataPoint[] => [
    { name: 'BatchRecords', dimensions: { Stage, ConsumerGroup }, value: records, ageSeconds: 60 },
  ];
  const letters = (count: number): DataPoint[] => [
    { name: 'OpenedDeadLetters', dimensions: { Stage }, value: count, ageSeconds: 60 },
  ];

  test.each<[string, boolean, DataPoint[][]]>([
    ['nothing is published', false, []],
    ['no letter is opened', false, [batch(1_000), batch(500)]],
    ['20 of 1,000 records in batches become letters', true, [batch(600), batch(400), letters(20)]],
    [
      'the same with many status events',
      true,
      [batch(1_000), batch(90_000, 'order-fulfilment-group'), letters(20)],
    ],
    ['9 of 20 records become letters', false, [batch(20), letters(9)]],
    ['16 of 20,000 records become letters', false, [batch(20_000), letters(16)]],
  ])('%s: %s', (_what, expected, data) => {
    expect(isOn('SloDeadLetterRate', ...data)).toBe(expected);
  });
});

test('only the composite alarm of an objective notifies, and it depends on the alarms of its windows', () => {
  const ofObjectives = Object.entries(resources).filter(([id]) => id.startsWith('Slo'));
  const composite = ofObjectives.filter(([, { Type }]) => Type === 'AWS::CloudWatch::CompositeAlarm');
  const rules = JSON.stringify(composite.map(([, { Properties }]) => Properties.AlarmRule));

  expect(composite.map(([id]) => id)).toEqual([
    'SloAcceptanceAvailabilityAlarm',
    'SloAcceptanceLatencyAlarm',
    'SloCompletionTimeAlarm',
    'SloDeadLetterRateAlarm',
  ]);
  for (const [id, { Type, Properties }] of ofObjectives) {
    const actions = Type === 'AWS::CloudWatch::CompositeAlarm' ? [ON_CALL] : undefined;
    expect([id, Properties.AlarmActions, Properties.OKActions]).toEqual([id, actions, actions]);
    expect(rules.includes(`\${${id}}`)).toBe(Type === 'AWS::CloudWatch::Alarm');
  }
});

test('each window is one period of CloudWatch', () => {
  const periods = Object.entries(resources).flatMap(([id, { Properties }]) =>
    id.startsWith('Slo') && Array.isArray(Properties.Metrics)
      ? Properties.Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Period]))
      : [],
  );

  expect([...new Set(periods)].sort((a, b) => a - b)).toEqual([300, 1_800, 3_600, 21_600, 259_200]);
});
