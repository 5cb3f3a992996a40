import { EventSourceError, messageOf } from '../errors.ts';
import type { Log } from '../serverless.ts';

export interface ConnectionStatusParts {
  readonly label: string;
  /** After this time without a response the connection counts as lost. */
  readonly timeoutMs: number;
  readonly log: Log;
}

/** Logs when the connection to the brokers is lost and when it is restored, but not each failed attempt. */
export class ConnectionStatus {
  readonly #parts: ConnectionStatusParts;
  readonly #reported = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ConnectionStatusParts) {
    this.#parts = parts;
  }

  responded(): void {
    const { label, timeoutMs, log } = this.#parts;
    if (this.#reported.size > 0) {
      log.notice(`${label}: connection restored`);
      this.#reported.clear();
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.lost(`no response from Kafka for ${timeoutMs / 1_000} s`), timeoutMs);
    this.#timer.unref();
  }

  /** Logs the first reason of each error code since the last response. */
  lost(reason: unknown): void {
    clearTimeout(this.#timer);
    const kind = reason instanceof EventSourceError ? reason.code : 'brokers_unreachable';
    if (!this.#reported.has(kind)) {
      this.#reported.add(kind);
      this.#parts.log.warning(`${this.#parts.label}: ${messageOf(reason)}; retrying`);
    }
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
