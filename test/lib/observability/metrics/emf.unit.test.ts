import { describe, expect, test } from '@jest/globals';
import { metricDocuments } from '../../../../lib/observability/metrics/emf.ts';
import type { Measurement } from '../../../../lib/observability/metrics/measurements.ts';

const of = (
  name: Measurement['name'],
  values: number[],
  labels: Measurement['labels'] = {},
): Measurement => ({
  name,
  values,
  labels,
});
const documentsOf = (...measurements: Measurement[]) =>
  metricDocuments(measurements, 'prod', 1_700_000_000_000);

describe('the members of a log line', () => {
  test('are the values, their dimensions and a description of both', () => {
    const labels = { route: 'GET /api/orders', status_class: '2xx' };

    expect(documentsOf(of('RequestDuration', [12.50049], labels), of('AcceptedOrders', [3]))).toEqual([
      {
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: 'Orderly',
              Dimensions: [
                ['Stage', 'Route'],
                ['Stage', 'Route', 'StatusClass'],
              ],
              Metrics: [{ Name: 'RequestDuration', Unit: 'Milliseconds' }],
            },
            {
              Namespace: 'Orderly',
              Dimensions: [['Stage']],
              Metrics: [{ Name: 'AcceptedOrders', Unit: 'Count' }],
            },
          ],
        },
        Stage: 'prod',
        Route: 'GET /api/orders',
        StatusClass: '2xx',
        RequestDuration: 12.5,
        AcceptedOrders: 3,
      },
    ]);
  });

  test('are split over several lines if a dimension has several values', () => {
    const documents = documentsOf(
      of('ChangedOrders', [2], { status: 'COMPLETED' }),
      of('CompletionTime', [0.5]),
      of('ChangedOrders', [1], { status: 'FAILED' }),
      of('ChangedOrders', [3], { status: 'COMPLETED' }),
      of('CompletionTime', [0.7, 0.9]),
    );

    expect(documents).toMatchObject([
      { Status: 'COMPLETED', ChangedOrders: 5, CompletionTime: [0.5, 0.7, 0.9] },
      { Status: 'FAILED', ChangedOrders: 1 },
    ]);
  });

  test('have no label that is not a dimension in CloudWatch', () => {
    const [document] = documentsOf(of('OpenedDeadLetters', [1], { code: 'not_json' }));

    expect(document).not.toHaveProperty('Code');
  });

  test('are at most 100 values of a histogram, taken evenly', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => index);

    const [document] = documentsOf(of('CompletionTime', values));

    expect(document?.CompletionTime).toEqual(Array.from({ length: 100 }, (_, index) => index * 10));
  });

  test('are absent without measurements', () => {
    expect(documentsOf()).toEqual([]);
  });
});
