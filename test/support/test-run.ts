import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/** The variable with the address of the server that `test-run-setup.ts` starts. */
export const TEST_RUN_URL = 'TEST_RUN_URL';

/**
 * Requests a shared resource from the set-up of the test run. The first request creates it.
 * @throws Error with the reason when the creation failed
 */
export async function onceInTestRun(name: string): Promise<string> {
  const address = process.env[TEST_RUN_URL] ?? '';
  // `fetch` would abort a request that has no answer after five minutes.
  const [response] = await once(get(`${address}/${encodeURIComponent(name)}`, { agent: false }), 'response');
  const answer = await text(response);
  if (response.statusCode !== 200) {
    throw new Error(answer);
  }
  return answer;
}
