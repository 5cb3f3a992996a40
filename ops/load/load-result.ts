import type { Percentiles } from './percentiles.ts';
import type { Verdict } from './verdict.ts';

/** How things stood at one moment of a run. */
export interface Sample {
  /** Since the start. */
  readonly second: number;
  /** Orders; so are the next three. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly errors: number;
  /** `null`: PostgreSQL did not say. */
  readonly stored: number | null;
  /** Records of the topic that the consumer group has not committed. `null`: Kafka did not say. */
  readonly lag: number | null;
}

/** What `npm run load -- --json` prints. */
export interface LoadResult {
  /** What the ids of the run's orders begin with. */
  readonly prefix: string;
  readonly rate: number;
  readonly seconds: number;
  /** Orders per request, sent to `/api/orders/bulk`; `null`: one per request, sent to `/api/orders`. */
  readonly bulk: number | null;
  readonly connections: number;
  /** It was told to stop before all was sent; then it is judged by what was. */
  readonly stopped: boolean;
  readonly sent: number;
  readonly acknowledged: number;
  /** `null`: could not be read. */
  readonly stored: number | null;
  readonly acknowledged_per_second: number;
  /** Orders that were not acknowledged, by status and code or by what broke. */
  readonly errors: Readonly<Record<string, number>>;
  /** Acknowledged requests, from due until answered. */
  readonly post_ms: Percentiles;
  /** A sample of the orders, from due until they can be read as COMPLETED. */
  readonly completed_ms: Percentiles;
  /** From due until begun: what the load generator itself adds. */
  readonly generator_delay_ms: Percentiles;
  readonly max_lag: number | null;
  readonly samples: readonly Sample[];
  readonly verdict: Verdict;
}
