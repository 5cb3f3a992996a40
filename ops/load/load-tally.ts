import type { Answer } from './order-sender.ts';

/** Counts the results of the requests so far. */
export class LoadTally {
  /** Orders of started requests. */
  sent = 0;
  /** Order ids. */
  readonly acknowledged = new Set<string>();
  /** The number of orders without acknowledgement, by reason. */
  readonly errorCounts: Record<string, number> = {};
  #errors = 0;
  /** One duration for each fully acknowledged request. */
  readonly postMs: number[] = [];

  add({ acknowledged, errors }: Answer, latencyMs: number): void {
    for (const orderId of acknowledged) {
      this.acknowledged.add(orderId);
    }
    for (const error of errors) {
      this.errorCounts[error] = (this.errorCounts[error] ?? 0) + 1;
    }
    this.#errors += errors.length;
    if (errors.length === 0) {
      this.postMs.push(latencyMs);
    }
  }

  counts(): { sent: number; acknowledged: number; errors: number } {
    return { sent: this.sent, acknowledged: this.acknowledged.size, errors: this.#errors };
  }
}
