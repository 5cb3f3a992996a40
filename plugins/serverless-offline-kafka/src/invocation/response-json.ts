import { EventSourceError, messageOf } from '../errors.ts';

/**
 * Returns the response of a function as JSON. An absent response becomes null, as on Lambda.
 * @throws EventSourceError `invalid_answer` if JSON cannot represent the response
 */
export function responseJson(response: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(response ?? null);
  } catch (error) {
    throw new EventSourceError('invalid_answer', `the response is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (json === undefined) {
    throw new EventSourceError('invalid_answer', `the response is not JSON: a ${typeof response}`);
  }
  return json;
}
