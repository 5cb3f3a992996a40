import * as z from 'zod';
import { EventSourceError } from '../errors.ts';

/** How the runtime interface emulator in Lambda's images reports an error: as an answer, with status 200. */
const reportedError = z.object({ errorType: z.string(), errorMessage: z.string() });

/**
 * The payload of a function that has run in Docker.
 * @throws EventSourceError `function_failed`, `function_crashed`
 */
export function dockerPayload(answer: unknown): unknown {
  const { success, data } = reportedError.safeParse(answer);
  if (!success) {
    return answer ?? null;
  }
  const { errorType, errorMessage } = data;
  const code = errorType === 'Runtime.ExitError' ? 'function_crashed' : 'function_failed';
  throw new EventSourceError(code, errorMessage, {
    cause: Object.assign(new Error(errorMessage), { name: errorType }),
  });
}
