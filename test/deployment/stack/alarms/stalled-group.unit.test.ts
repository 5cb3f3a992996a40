import { expect, test } from '@jest/globals';
import { alarms } from '../../../../deployment/stack/alarms/alarms.ts';
import { type DataPoint, isComputedAlarmOn } from '../../../support/alarm-states.ts';
import { serviceVariables } from '../../../support/service-variables.ts';

const dimensions = { Stage: 'dev', ConsumerGroup: 'order-processing-group' };

/** Values of a gauge, one a minute, the oldest first. */
const everyMinute = (name: string, values: readonly number[]): DataPoint[] =>
  values.map((value, index) => ({ name, dimensions, value, ageSeconds: 60 * (values.length - index) - 30 }));

test.each([
  {
    what: 'the same oldest offset for five minutes',
    lags: [1, 1, 1, 1, 1],
    offsets: [7, 7, 7, 7, 7],
    isOn: true,
  },
  {
    what: 'a stalled partition among others, whose records come and go',
    lags: [9, 1, 400, 3, 80],
    offsets: [7, 7, 7, 7, 7],
    isOn: true,
  },
  { what: 'the first record of a topic', lags: [5, 5, 5, 5, 5], offsets: [0, 0, 0, 0, 0], isOn: true },
  {
    what: 'an offset that has moved, but not in the last five minutes',
    lags: [9, 9, 9, 9, 9, 9, 9],
    offsets: [5, 6, 7, 7, 7, 7, 7],
    isOn: true,
  },
  {
    what: 'a backlog that is worked off',
    lags: [900, 800, 700, 600, 500],
    offsets: [7, 9, 11, 12, 13],
    isOn: false,
  },
  { what: 'nothing that waits', lags: [0, 0, 0, 0, 0], offsets: [0, 0, 0, 0, 0], isOn: false },
  {
    what: 'records that waited until a minute ago',
    lags: [4, 4, 4, 4, 0],
    offsets: [7, 7, 7, 7, 0],
    isOn: false,
  },
  { what: 'too few measurements', lags: [4], offsets: [7], isOn: false },
  { what: 'no measurement', lags: [], offsets: [], isOn: false },
])('the alarm for a stalled partition with $what: $isOn', async ({ lags, offsets, isOn }) => {
  const variables = serviceVariables({ file: 'serverless.yml', stage: 'dev', parameters: {} });
  const { Resources } = await alarms(variables);
  const data = [...everyMinute('ConsumerLag', lags), ...everyMinute('OldestWaitingOffset', offsets)];

  expect(isComputedAlarmOn(Resources.ProcessingStalledAlarm?.Properties, data)).toBe(isOn);
});
