import { type Metric, metrics } from '../../lib/observability/metrics/metrics.ts';
import type { Events, Indicator } from './objectives.ts';

/** PromQL of an indicator: numbers of events in a window such as `5m`, by stage. */

export const allEvents = ({ events }: Indicator, window: string): string =>
  increase(series(events), matchersOf(events), window);

/** The bad events. The expression has no value if no bad event was ever counted. */
export function badEvents(indicator: Indicator, window: string): string {
  const { events, bad } = indicator;
  if ('metric' in bad) {
    return increase(series(bad), matchersOf(bad), window);
  }
  const within = [...matchersOf(events), boundMatcher(bad.aboveSeconds)];
  return `${allEvents(indicator, window)}\n- ${increase(`${metrics[events.metric].prometheus}_bucket`, within, window)}`;
}

const increase = (name: string, matchers: readonly string[], window: string): string =>
  `sum by (stage) (increase(${name}${matchers.length === 0 ? '' : `{${matchers.join(',')}}`}[${window}]))`;

function series({ metric }: Events): string {
  const { prometheus, type }: Metric = metrics[metric];
  return type === 'histogram' ? `${prometheus}_count` : prometheus;
}

/** Prometheus 3 stores the bound 30 as 30.0. */
const boundMatcher = (bound: number): string =>
  Number.isInteger(bound) ? `le=~"${bound}|${bound}.0"` : `le="${bound}"`;

/** Several values of a label become a regular expression. */
const matchersOf = ({ labels }: Events): string[] =>
  Object.keys(labels[0] ?? {}).map((name) => {
    const values = [...new Set(labels.map((combination) => combination[name]))];
    return `${name}=${values.length > 1 ? '~' : ''}"${values.join('|')}"`;
  });
