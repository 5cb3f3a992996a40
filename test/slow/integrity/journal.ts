import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** An answer that says a command was accepted. */
export interface Acknowledgement {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of a cancel: under which its outcome is to be found in the order's history. */
  readonly eventId: string | null;
}

/** A call to the fulfilment webhook, as its receiver saw it. Times are milliseconds since the epoch. */
export interface ReceiverCall {
  readonly orderId: string;
  readonly idempotencyKey: string;
  readonly isSigned: boolean;
  readonly beganAt: number;
  /** When it was answered or its connection ended; `null` while neither has happened. */
  endedAt: number | null;
  /** The status that was sent, or what became of the call instead. */
  answer: number | 'hung' | 'cut';
  /** What the receiver did under this key, if anything: which status it decided on, for which content. */
  effect: { readonly status: number; readonly content: string } | null;
}

/** What clients and receiver know of a run: the half of the evidence that does not come from the system under test. */
export interface JournalEntries {
  /** By id of the planned command. */
  readonly acknowledged: ReadonlyMap<string, Acknowledgement>;
  readonly calls: readonly ReceiverCall[];
}

/** Keeps what happens in memory for the checker, and as lines of JSON in a file for people. */
export class Journal implements JournalEntries, AsyncDisposable {
  readonly acknowledged = new Map<string, Acknowledgement>();
  readonly calls: ReceiverCall[] = [];
  /** Requests that were not acknowledged, by what came instead: `503`, `ECONNRESET`. */
  readonly failures = new Map<string, number>();
  /** Requests that are under way right now. */
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
