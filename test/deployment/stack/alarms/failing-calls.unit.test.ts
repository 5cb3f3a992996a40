import { expect, test } from '@jest/globals';
import { alarms } from '../../../../deployment/stack/alarms/alarms.ts';
import { type DataPoint, isComputedAlarmOn } from '../../../support/alarm-states.ts';
import { serviceVariables } from '../../../support/service-variables.ts';

const calls = (Result: string, count: number, ageSeconds = 60): DataPoint[] =>
  Array(count).fill({
    name: 'AttemptDuration',
    dimensions: { Stage: 'dev', Result },
    value: 20,
    ageSeconds,
  });

test.each<[string, boolean, DataPoint[][]]>([
  ['nothing is called', false, []],
  ['every call fails', true, [calls('retryable', 10)]],
  ['fewer than 10 calls fail', false, [calls('retryable', 9)]],
  ['most calls fail', true, [calls('retryable', 50), calls('fulfilled', 30), calls('rejected', 19)]],
  ['half of the calls fail', false, [calls('retryable', 50), calls('fulfilled', 30), calls('rejected', 20)]],
  ['the receiver rejects orders', false, [calls('rejected', 500)]],
  ['calls failed 16 minutes ago', false, [calls('retryable', 50, 960), calls('fulfilled', 1)]],
])('the alarm for failing calls when %s: %s', async (_what, isOn, data) => {
  const variables = serviceVariables({
    file: 'serverless.yml',
    stage: 'dev',
    parameters: { fulfilmentUrl: 'https://example.com' },
  });
  const { Resources } = await alarms(variables);

  expect(isComputedAlarmOn(Resources.CallsFailingAlarm?.Properties, data.flat())).toBe(isOn);
});
