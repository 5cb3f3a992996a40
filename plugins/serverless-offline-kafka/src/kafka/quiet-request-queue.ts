import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * Stops the timer that kafkajs 2.2.4 starts anew every millisecond on each of its connections, for ever, to look
 * whether requests wait that it has held back: with none waiting there is nothing to look for, and the next one
 * that waits starts the timer itself. The timer takes most of an idle process's CPU time and is the cause of Node's
 * TimeoutNegativeWarning. Known as https://github.com/tulios/kafkajs/issues/1704 and #1751; the mends wait in pull
 * requests since 2024, and kafkajs has had no release since 2023.
 *
 * All kafkajs clients of the process are mended. A kafkajs that has no such method is left as it is.
 */
export function quietRequestQueue(): void {
  const queue = requestQueuePrototype();
  const original = queue?.scheduleCheckPendingRequests;
  if (queue && typeof original === 'function' && !mended.has(queue)) {
    mended.add(queue);
    queue.scheduleCheckPendingRequests = function (): void {
      if (this.pending.length > 0) {
        original.call(this);
      }
    };
  }
}

const mended = new WeakSet<RequestQueue>();

function requestQueuePrototype(): RequestQueue | undefined {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js').prototype;
  } catch {
    return undefined;
  }
}
