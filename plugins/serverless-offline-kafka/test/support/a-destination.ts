import type { DiscardedBatch, FailureDestination } from '../../src/destination/failure-destination.ts';
import { EventSourceError } from '../../src/errors.ts';

export interface Send {
  readonly batch: DiscardedBatch;
  readonly offsets: readonly number[];
  take(): void;
  refuse(): void;
}

/** A destination that collects its batches. `answer` determines the outcome and can be changed. */
export class ADestination implements FailureDestination {
  readonly label = 'kafka://orders-dlt';
  readonly sends: Send[] = [];
  answer: 'takes' | 'refuses' | 'by hand' = 'takes';

  send(batch: DiscardedBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = (): void =>
        reject(new EventSourceError('destination_refused', `${this.label}: not today`));
      const offsets = batch.records.map(({ offset }) => offset);
      this.sends.push({ batch, offsets, take: resolve, refuse });
      if (this.answer === 'takes') {
        resolve();
      }
      if (this.answer === 'refuses') {
        refuse();
      }
    });
  }

  async close(): Promise<void> {
    return undefined;
  }
}
