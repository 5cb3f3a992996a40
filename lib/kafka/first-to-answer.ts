/** A broker that does not answer within this time may be frozen or unreachable. A login over TLS takes less. */
const STAGGER_MS = 500;

/**
 * Asks one candidate after another until one answers. Asks the next one when a candidate fails or has not answered within
 * 500 ms. The first answer wins, and `over` aborts the other requests. Rejects with the last failure when all have failed,
 * and with the reason of `signal` when that aborts. Based on https://www.rfc-editor.org/rfc/rfc8305 (Happy Eyeballs).
 */
export async function firstToAnswer<Candidate, Answer>(
  candidates: readonly Candidate[],
  ask: (candidate: Candidate, over: AbortSignal) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const abortOther = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abortOther);
  let timer: NodeJS.Timeout | undefined;
  let asked = 0;
  let failed = 0;
  const askNext = (): void => {
    clearTimeout(timer);
    const candidate = candidates[asked];
    if (candidate === undefined || over.signal.aborted) {
      return;
    }
    asked += 1;
    timer = setTimeout(askNext, STAGGER_MS);
    ask(candidate, over.signal).then(resolve, (error) => {
      failed += 1;
      if (failed === candidates.length) {
        reject(error);
      }
      askNext();
    });
  };
  try {
    signal?.throwIfAborted();
    askNext();
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abortOther);
    over.abort();
  }
}
