import type { Measurement } from './measurements.ts';
import { type Metric, type MetricName, metrics } from './metrics.ts';

/**
 * CloudWatch's embedded metric format: a line of the log with the member `_aws`, which names the members of the line that
 * are metrics and dimensions.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export type MetricDocument = Readonly<Record<string, unknown>>;

/** The namespace of the metrics in CloudWatch. */
export const NAMESPACE = 'Orderly';

/** CloudWatch ignores a metric with more values in one line. */
const MAX_VALUES = 100;

/** A document that is being built. A member has one value, so measurements with different labels need several documents. */
interface Draft {
  readonly dimensions: Record<string, string>;
  readonly values: Map<MetricName, number[]>;
}

/**
 * Returns the measurements as members of as few log lines as possible. Values of one metric are added to a line together.
 * Their names are in PascalCase, so they never conflict with the fields of a log line.
 */
export function metricDocuments(
  measurements: readonly Measurement[],
  stage: string,
  timestampMs: number,
): MetricDocument[] {
  const drafts: Draft[] = [];
  for (const { name, labels, values } of measurements) {
    const dimensions = dimensionsOf(name, labels);
    let draft = drafts.find((one) => accepts(one, dimensions));
    if (draft === undefined) {
      draft = { dimensions: {}, values: new Map() };
      drafts.push(draft);
    }
    Object.assign(draft.dimensions, dimensions);
    const list = draft.values.get(name);
    if (list === undefined) {
      draft.values.set(name, [...values]);
    } else {
      list.push(...values);
    }
  }
  return drafts.map((draft) => documentOf(draft, stage, timestampMs));
}

/** Writes a document as a line of its own. On Lambda, `console.log` would add a time and a request id. */
export function writeDocument(document: MetricDocument): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

/** Returns the labels that are dimensions in CloudWatch. */
function dimensionsOf(name: MetricName, labels: Measurement['labels']): Record<string, string> {
  const dimensions: Record<string, string> = {};
  for (const [label, value] of Object.entries(labels)) {
    const dimension = dimensionNames.get(label) ?? label;
    if (metrics[name].dimensionSets.some((set: readonly string[]) => set.includes(dimension))) {
      dimensions[dimension] = value;
    }
  }
  return dimensions;
}

/** Returns the dimension of a label: `StatusClass` for `status_class`. */
export const dimensionOf = (label: string): string =>
  label.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

const dimensionNames = new Map(
  Object.values<Metric>(metrics).flatMap(({ labels }) => labels.map((label) => [label, dimensionOf(label)])),
);

const accepts = (draft: Draft, dimensions: Readonly<Record<string, string>>): boolean =>
  Object.entries(dimensions).every(([dimension, value]) => (draft.dimensions[dimension] ?? value) === value);

function documentOf({ dimensions, values }: Draft, stage: string, timestampMs: number): MetricDocument {
  const members: Record<string, unknown> = {};
  for (const [name, list] of values) {
    members[name] = memberOf(metrics[name].type, list);
  }
  return {
    _aws: { Timestamp: timestampMs, CloudWatchMetrics: directivesOf([...values.keys()]) },
    Stage: stage,
    ...dimensions,
    ...members,
  };
}

/** By the names of the metrics, because most invocations of a function measure the same metrics. */
const knownDirectives = new Map<string, readonly unknown[]>();

/** Returns the description of the metrics: a directive for those with the same sets of dimensions. */
function directivesOf(names: readonly MetricName[]): readonly unknown[] {
  const key = names.join();
  const directives =
    knownDirectives.get(key) ??
    [...Map.groupBy(names, (name) => JSON.stringify(metrics[name].dimensionSets))].map(([sets, same]) => ({
      Namespace: NAMESPACE,
      Dimensions: JSON.parse(sets).map((set: readonly string[]) => ['Stage', ...set]),
      Metrics: same.map((name) => ({ Name: name, Unit: metrics[name].unit })),
    }));
  knownDirectives.set(key, directives);
  return directives;
}

/** Returns the sum of a counter, or the values of another metric. Samples the values evenly if there are too many. */
function memberOf(type: Metric['type'], values: readonly number[]): number | readonly number[] {
  if (type === 'counter') {
    return values.reduce((sum, value) => sum + value, 0);
  }
  const step = Math.max(1, values.length / MAX_VALUES);
  const length = Math.min(values.length, MAX_VALUES);
  const sampled = Array.from({ length }, (_, index) => rounded(values[Math.floor(index * step)] ?? 0));
  return sampled.length === 1 ? (sampled[0] ?? 0) : sampled;
}

/** Rounds to three decimals, because CloudWatch bills the bytes of a line. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
