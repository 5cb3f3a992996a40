/** What is used here of kafkajs' queue of requests to one broker. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  /** In ms since the epoch. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const CHECK_INTERVAL_MS = 10;

/**
 * Schedules the next look at the requests that are held back, if there are any. kafkajs' own schedules one after
 * every answer, with a negative delay, which Node takes for 1 ms: a timer per millisecond and connection, and a
 * TimeoutNegativeWarning (https://github.com/tulios/kafkajs/issues/1704 and #1751).
 */
export function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) {
    return;
  }
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_INTERVAL_MS,
  );
}
