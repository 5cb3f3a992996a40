import type { Log } from './serverless.ts';

export interface ContactParts {
  readonly place: string;
  /** After this time without an answer the contact counts as lost. */
  readonly silenceMs: number;
  readonly log: Log;
}

/** The contact with the brokers, told in one line when it is lost and one when it is back. */
export class Contact {
  readonly #parts: ContactParts;
  #reason: string | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(parts: ContactParts) {
    this.#parts = parts;
  }

  heard(): void {
    const { place, silenceMs, log } = this.#parts;
    if (this.#reason !== undefined) {
      log.notice(`${place}: connected`);
      this.#reason = undefined;
    }
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.lost(`no answer from Kafka for ${silenceMs / 1_000} s`), silenceMs);
    this.#silence.unref();
  }

  /** Warns, but only once for the same reason until something is heard again. */
  lost(reason: string): void {
    clearTimeout(this.#silence);
    if (reason !== this.#reason) {
      this.#parts.log.warning(`${this.#parts.place}: ${reason}; trying on`);
      this.#reason = reason;
    }
  }

  /** Nothing is waited for any more. */
  close(): void {
    clearTimeout(this.#silence);
  }
}
