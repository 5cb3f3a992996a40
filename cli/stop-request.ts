/** npm passes a terminal's Ctrl-C on to a script that has had it from the terminal: not a second request. */
const SAME_REQUEST_MS = 300;

export interface StopRequest {
  /** Aborts with the first Ctrl-C, SIGTERM or closed terminal. */
  readonly signal: AbortSignal;
}

/** Listens for requests to stop; `force` is called with the second one. */
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
