import { expect, test } from '@jest/globals';
import { inUnitOf, labelledMetric, stageMetric } from '../../../deployment/stack/cloudwatch-metrics.ts';

test('a metric of the stage has its dimensions, after the stage', () => {
  expect(stageMetric('dev', 'RequestDuration', { Route: 'GET /', StatusClass: '5xx' })).toEqual({
    Namespace: 'Orderly',
    MetricName: 'RequestDuration',
    Dimensions: [
      { Name: 'Stage', Value: 'dev' },
      { Name: 'Route', Value: 'GET /' },
      { Name: 'StatusClass', Value: '5xx' },
    ],
  });
});

test('a name that is not in the table of metrics does not compile, nor do dimensions that the metric does not have', () => {
  // @ts-expect-error: no metric has this name
  stageMetric('dev', 'OpenLetters', {});
  // @ts-expect-error: only Prometheus has this metric
  stageMetric('dev', 'ScrapeSuccess', {});
  // @ts-expect-error: a gauge of the stage has no group
  stageMetric('dev', 'OutboxRows', { ConsumerGroup: 'order-processing-group' });
  // @ts-expect-error: a gauge of a group has no value for the stage
  stageMetric('dev', 'ConsumerLag', {});
  // @ts-expect-error: the class alone is not published
  stageMetric('dev', 'RequestDuration', { StatusClass: '5xx' });

  expect.assertions(0); // `npm run check` compiles this file
});

test('a metric is found by its labels in Prometheus, if it is published with their dimensions', () => {
  expect(labelledMetric('dev', 'RequestDuration', { route: 'GET /', status_class: '5xx' })).toEqual(
    stageMetric('dev', 'RequestDuration', { Route: 'GET /', StatusClass: '5xx' }),
  );
  expect(() => labelledMetric('dev', 'OpenedDeadLetters', { code: 'not_json' })).toThrow(
    'OpenedDeadLetters is not published with the dimensions "Code".',
  );
});

test('a duration is converted to the unit of its metric', () => {
  expect(inUnitOf('RequestDuration', 0.25)).toBe(250);
  expect(inUnitOf('CompletionTime', 30)).toBe(30);
  expect(() => inUnitOf('OutboxRows', 30)).toThrow('OutboxRows is not a duration: its unit is Count.');
});
