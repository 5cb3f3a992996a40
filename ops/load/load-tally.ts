import type { Answer } from './answer.ts';

/** What became of the requests so far. */
export class LoadTally {
  /** Orders of requests that were begun. */
  sent = 0;
  /** Ids. */
  readonly acknowledged = new Set<string>();
  /** Why orders were not acknowledged, and how many. */
  readonly errorCounts: Record<string, number> = {};
  #errors = 0;
  /** One for each request that was acknowledged in full; those that were not are errors, however fast. */
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
