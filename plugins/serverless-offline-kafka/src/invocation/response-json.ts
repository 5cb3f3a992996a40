import { EventSourceError, messageOf } from '../errors.ts';

/**
 * What a function has answered, in JSON; nothing is null, as on Lambda.
 * @throws EventSourceError `invalid_answer` for what JSON cannot hold
 */
export function responseJson(answer: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(answer ?? null);
  } catch (error) {
    throw new EventSourceError('invalid_answer', `its answer is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (json === undefined) {
    throw new EventSourceError('invalid_answer', `its answer is not JSON: a ${typeof answer}`);
  }
  return json;
}
