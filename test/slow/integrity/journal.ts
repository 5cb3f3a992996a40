import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** An answer that acknowledges a command. */
export interface Acknowledgement {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Only for a cancel: the id of its entry in the history of the order. */
  readonly eventId: string | null;
}

/** A call to the fulfilment webhook, as its receiver saw it. Times are milliseconds since the epoch. */
export interface ReceiverCall {
  readonly orderId: string;
  readonly idempotencyKey: string;
  readonly isSigned: boolean;
  /** Time of its signature, to the second; on a busy machine the receiver may handle it much later. At most `beganAt`. */
  readonly sentAt: number;
  readonly beganAt: number;
  /** Time of the answer or of the end of the connection; `null` before either. */
  endedAt: number | null;
  /** The status that was sent, or why there was none. */
  answer: number | 'hung' | 'cut';
  /** The receiver's decision under this key, if any: the status, and the content of the order. */
  effect: { readonly status: number; readonly content: string } | null;
}

/** The observations of clients and receiver: the evidence that does not come from the system under test. */
export interface JournalEntries {
  /** By id of the planned command. */
  readonly acknowledged: ReadonlyMap<string, Acknowledgement>;
  readonly calls: readonly ReceiverCall[];
}

/** Keeps events in memory for the checker, and writes them to a file as lines of JSON for people. */
export class Journal implements JournalEntries, AsyncDisposable {
  readonly acknowledged = new Map<string, Acknowledgement>();
  readonly calls: ReceiverCall[] = [];
  /** Number of requests without acknowledgement, by status or error code: `503`, `ECONNRESET`. */
  readonly failures = new Map<string, number>();
  /** Requests without an answer yet. */
  requestsInFlight = 0;
  readonly #file: WriteStream;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  acknowledge(commandIds: readonly string[], eventId: string | null = null): void {
    const at = Date.now();
    const fresh = commandIds.filter((id) => !this.acknowledged.has(id));
    for (const id of fresh) {
      this.acknowledged.set(id, { at, eventId });
    }
    if (fresh.length > 0) {
      this.#write({ at, acknowledged: fresh, event_id: eventId ?? undefined });
    }
  }

  fail(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    this.#write({ at: Date.now(), failed: reason });
  }

  beginCall(call: ReceiverCall): void {
    this.calls.push(call);
  }

  endCall(call: ReceiverCall): void {
    call.endedAt = Date.now();
    this.#write({ at: call.beganAt, call });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.calls.filter(({ endedAt }) => endedAt === null)) {
      this.#write({ at: call.beganAt, call });
    }
    this.#file.end();
    await finished(this.#file);
  }

  #write(entry: object): void {
    if (this.#file.writableEnded) {
      return; // a connection that ends after the run
    }
    this.#file.write(`${JSON.stringify(entry)}\n`);
  }
}
