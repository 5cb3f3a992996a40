import { report } from '../observability/observe.ts';
import type { DeadLetter } from '../orders/command.ts';

/**
 * Returns a function that calls `write` and reports the letters that it opened. They are committed: when a later part of the
 * batch fails and the batch is delivered again, they are not opened again.
 */
export const reportingOpened =
  <Arguments extends unknown[], Result extends { readonly deadLetters: readonly DeadLetter[] }>(
    requestId: string,
    write: (...arguments_: Arguments) => Promise<Result>,
  ) =>
  async (...arguments_: Arguments): Promise<Result> => {
    const written = await write(...arguments_);
    for (const letter of written.deadLetters) {
      report('dead_letter.opened', { requestId, ...letter });
    }
    return written;
  };
