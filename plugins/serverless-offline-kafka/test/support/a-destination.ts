import type { DiscardedBatch, FailureDestination } from '../../src/destination/failure-destination.ts';
import { EventSourceError } from '../../src/errors.ts';

export interface Send {
  readonly batch: DiscardedBatch;
  readonly offsets: readonly number[];
  accept(): void;
  reject(): void;
}

/** A destination that collects its batches. `answer` determines the outcome and can be changed. */
export class ADestination implements FailureDestination {
  readonly label = 'kafka://orders-dlt';
  readonly sends: Send[] = [];
  answer: 'accepts' | 'rejects' | 'manual' = 'accepts';

  send(batch: DiscardedBatch): Promise<void> {
    return new Promise((resolve, fail) => {
      const reject = (): void =>
        fail(new EventSourceError('destination_refused', `${this.label}: not today`));
      const offsets = batch.records.map(({ offset }) => offset);
      this.sends.push({ batch, offsets, accept: resolve, reject });
      if (this.answer === 'accepts') {
        resolve();
      }
      if (this.answer === 'rejects') {
        reject();
      }
    });
  }

  async close(): Promise<void> {
    return undefined;
  }
}
