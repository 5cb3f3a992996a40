import type { Percentiles } from './percentiles.ts';
import type { Verdict } from './verdict.ts';

/** The state of a run at one moment. */
export interface Sample {
  /** Since the start. */
  readonly second: number;
  /** Unit of this and the next three fields: orders. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly errors: number;
  /** `null`: PostgreSQL did not answer. */
  readonly stored: number | null;
  /** Records of the topic that the consumer group has not committed. `null`: Kafka did not answer. */
  readonly lag: number | null;
}

/** The output of `npm run load -- --json`. */
export interface LoadResult {
  /** The prefix of the run's order ids. */
  readonly prefix: string;
  readonly rate: number;
  readonly seconds: number;
  /** Orders per request, sent to `/api/orders/bulk`; `null`: one per request, sent to `/api/orders`. */
  readonly bulk: number | null;
  readonly connections: number;
  /** The run was stopped early; the verdict covers the sent orders. */
  readonly stopped: boolean;
  readonly sent: number;
  readonly acknowledged: number;
  /** `null`: PostgreSQL could not be read. */
  readonly stored: number | null;
  readonly acknowledged_per_second: number;
  /** The number of orders without acknowledgement, by status and code or by error. */
  readonly errors: Readonly<Record<string, number>>;
  /** Acknowledged requests: from the due time to the answer. */
  readonly post_ms: Percentiles;
  /** A sample of the orders: from the due time until they can be read as COMPLETED. */
  readonly completed_ms: Percentiles;
  /** From the due time to the start of the request: the delay of the load generator itself. */
  readonly generator_delay_ms: Percentiles;
  readonly max_lag: number | null;
  readonly samples: readonly Sample[];
  readonly verdict: Verdict;
}
