/** The members that this file uses of kafkajs' request queue. */
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
 * Schedules the next check of throttled requests, if there are any. kafkajs' own function schedules one after every
 * response, with a negative delay, which Node treats as 1 ms: a timer per millisecond and connection, and a
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
