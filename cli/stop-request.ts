/** npm forwards Ctrl-C to a script that already received it from the terminal: the same request within this time. */
const SAME_REQUEST_MS = 300;

export interface StopRequest {
  /** Aborts on the first SIGINT (Ctrl-C), SIGTERM or SIGHUP (closed terminal). */
  readonly signal: AbortSignal;
}

/** Listens for stop signals. Calls `force` on the second one. */
export function listenForStop(force: () => void): StopRequest {
  const first = new AbortController();
  let requestedAt = Number.NaN;
  const onSignal = (name: NodeJS.Signals): void => {
    if (!first.signal.aborted) {
      requestedAt = performance.now();
      first.abort(new Error(`stopped by ${name}`));
    } else if (performance.now() - requestedAt > SAME_REQUEST_MS) {
      force();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, onSignal);
  }
  return { signal: first.signal };
}
