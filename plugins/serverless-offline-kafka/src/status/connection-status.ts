import { EventSourceError, messageOf } from '../errors.ts';
import type { Log } from '../serverless.ts';

export interface ConnectionStatusParts {
  readonly place: string;
  /** After this time without an answer the contact counts as lost. */
  readonly silenceMs: number;
  readonly log: Log;
}

/** The contact with the brokers, reported when it is lost and when it is back, and not at every attempt between. */
export class ConnectionStatus {
  readonly #parts: ConnectionStatusParts;
  readonly #reported = new Set<string>();
  #silence: NodeJS.Timeout | undefined;

  constructor(parts: ConnectionStatusParts) {
    this.#parts = parts;
  }

  responded(): void {
    const { place, silenceMs, log } = this.#parts;
    if (this.#reported.size > 0) {
      log.notice(`${place}: back to normal`);
      this.#reported.clear();
    }
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.lost(`no answer from Kafka for ${silenceMs / 1_000} s`), silenceMs);
    this.#silence.unref();
  }

  /** Warns with the first reason of its kind since something was responded. */
  lost(reason: unknown): void {
    clearTimeout(this.#silence);
    const kind = reason instanceof EventSourceError ? reason.code : 'brokers_unreachable';
    if (!this.#reported.has(kind)) {
      this.#reported.add(kind);
      this.#parts.log.warning(`${this.#parts.place}: ${messageOf(reason)}; trying on`);
    }
  }

  /** Nothing is waited for any more. */
  close(): void {
    clearTimeout(this.#silence);
  }
}
