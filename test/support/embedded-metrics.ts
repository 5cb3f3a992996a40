import * as z from 'zod';

/**
 * The rules for a line with metrics, in the words of
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const units = ['Seconds', 'Milliseconds', 'Percent', 'Count', 'None'] as const; // those that this project uses
const name = (maxLength: number) => z.string().trim().min(1).max(maxLength);

const directive = z.strictObject({
  Namespace: name(1_024),
  Dimensions: z.array(z.array(name(250)).max(30)).min(1),
  Metrics: z
    .array(z.strictObject({ Name: name(1_024), Unit: z.enum(units) }))
    .min(1)
    .max(100),
});
const metadata = z.strictObject({
  Timestamp: z.int().positive(),
  CloudWatchMetrics: z.array(directive).min(1),
});
const values = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

export interface EmbeddedMetric {
  readonly name: string;
  readonly unit: string;
  /** The value of each dimension, per set of dimensions. */
  readonly dimensions: readonly Readonly<Record<string, string>>[];
  readonly values: readonly number[];
}

/** Returns the metrics of a log line, which is parsed JSON; an empty array for a line without metrics. @throws if it breaks a rule */
export function embeddedMetrics(line: Readonly<Record<string, unknown>>): EmbeddedMetric[] {
  if (!('_aws' in line)) {
    return [];
  }
  if (JSON.stringify(line).length > 256 * 1_024) {
    throw new Error('A line with metrics is longer than 256 KB.');
  }
  return metadata.parse(line._aws).CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Metrics.map(({ Name, Unit }) => ({
      name: Name,
      unit: Unit,
      dimensions: Dimensions.map((set) =>
        Object.fromEntries(set.map((dimension) => [dimension, name(1_024).parse(line[dimension])])),
      ),
      values: [values.parse(line[Name])].flat(),
    })),
  );
}
