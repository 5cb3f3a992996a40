import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { alarms } from '../../../../deployment/stack/alarms/alarms.ts';
import { dashboard } from '../../../../deployment/stack/dashboard/dashboard.ts';
import { dimensionOf, metricDocuments, NAMESPACE } from '../../../../lib/observability/metrics/emf.ts';
import { type Metric, type MetricName, metrics } from '../../../../lib/observability/metrics/metrics.ts';
import { embeddedMetrics } from '../../../support/embedded-metrics.ts';
import { serviceVariables } from '../../../support/service-variables.ts';

/** A name and the value of each dimension. */
interface Used {
  readonly name: MetricName;
  readonly dimensions: Readonly<Record<string, string>>;
}

const variables = serviceVariables({
  file: 'serverless.yml',
  stage: 'prod',
  parameters: { fulfilmentUrl: 'https://example.com', rateLimit: '6000' },
});
const metricName = z.custom<MetricName>((name) => typeof name === 'string' && name in metrics);
const alarmMetric = z.object({
  Namespace: z.literal(NAMESPACE),
  MetricName: metricName,
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
});

/** The metrics of Orderly anywhere in the properties of an alarm. */
function metricsIn(properties: unknown): Used[] {
  if (typeof properties !== 'object' || properties === null) {
    return [];
  }
  const { data } = alarmMetric.safeParse(properties);
  return data === undefined
    ? Object.values(properties).flatMap(metricsIn)
    : [
        {
          name: data.MetricName,
          dimensions: Object.fromEntries(data.Dimensions.map(({ Name, Value }) => [Name, Value])),
        },
      ];
}

/** A line of a graph is the namespace, the name, names and values of dimensions, and options. */
function metricsOnDashboard(body: string): Used[] {
  const lines = z
    .object({
      widgets: z.array(z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())) }) })),
    })
    .parse(JSON.parse(body))
    .widgets.flatMap(({ properties }) => properties.metrics);
  return lines
    .filter(([namespace]) => namespace === NAMESPACE)
    .map(([, name, ...rest]) => {
      const dimensions = z.array(z.string()).parse(rest.slice(0, -1));
      const pairs = dimensions.flatMap((each, index) =>
        index % 2 === 0 ? [[each, dimensions[index + 1] ?? '']] : [],
      );
      return { name: metricName.parse(name), dimensions: Object.fromEntries(pairs) };
    });
}

/** The sets of dimensions in the log line of a measurement with these values, and others where the metric has more labels. */
function published({ name, dimensions }: Used): readonly Used['dimensions'][] {
  const { labels }: Metric = metrics[name];
  const values = labels.map((label) => [label, dimensions[dimensionOf(label)] ?? 'another']);
  const [document = {}] = metricDocuments(
    [{ name, labels: Object.fromEntries(values), values: [1] }],
    'prod',
    1,
  );
  return embeddedMetrics(document).flatMap((metric) => metric.dimensions);
}

test('every metric of an alarm or a graph is published with exactly these dimensions', async () => {
  const body = Object((await dashboard(variables)).Resources.Dashboard?.Properties.DashboardBody)['Fn::Sub'];
  const inAlarms = metricsIn((await alarms(variables)).Resources);
  const inGraphs = metricsOnDashboard(body);

  expect([inAlarms.length > 50, inGraphs.length > 50]).toEqual([true, true]);
  for (const used of [...inAlarms, ...inGraphs]) {
    expect({ name: used.name, published: published(used) }).toEqual({
      name: used.name,
      published: expect.arrayContaining([used.dimensions]),
    });
  }
});
