/** Short descriptions of the panels of a dashboard. panel-json.ts converts them to Grafana's JSON. */

/** Grafana's names of units (value formats of `@grafana/data`): `suffix:` is for any text. */
export type Unit = 'short' | 's' | 'percentunit' | 'suffix:/s' | 'none';

/** A PromQL query and the legend of its series, such as `{{route}}`. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** From this value on, the panel has this colour: orange asks for attention, red for action. */
export interface Threshold {
  readonly value: number;
  readonly color: 'green' | 'orange' | 'red';
}

interface Common {
  readonly title: string;
  /** Describes the values of the panel, and the meaning of an abnormal value. Markdown. */
  readonly description: string;
  readonly unit: Unit;
  /** In columns; a dashboard has 24. */
  readonly width: number;
  readonly thresholds?: readonly Threshold[];
  /** The anchor of a heading of docs/operations.md. */
  readonly runbook?: string;
}

export interface Timeseries extends Common {
  readonly kind: 'timeseries';
  readonly queries: readonly Query[];
}

/** The newest value of each query, large. */
export interface Stat extends Common {
  readonly kind: 'stat';
  readonly queries: readonly Query[];
  /** The colour below the first threshold, if that is bad. */
  readonly below?: 'red';
  /** Texts that replace values. */
  readonly words?: Readonly<Record<string, string>>;
  /** Shows the legend instead of the value. */
  readonly showsName?: boolean;
}

/** The buckets of a histogram over time. */
export interface Heatmap extends Common {
  readonly kind: 'heatmap';
  /** Increases of the buckets, by `le`. */
  readonly expr: string;
}

/** One row for each value of the label `by`, one column for each instant query. */
export interface Table extends Common {
  readonly kind: 'table';
  readonly by: string;
  readonly columns: readonly { readonly title: string; readonly expr: string; readonly unit: Unit }[];
}

export type Panel = Timeseries | Stat | Heatmap | Table;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}
