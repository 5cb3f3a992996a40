/** The variable with the address of the server that `test-run-setup.ts` starts. */
export const TEST_RUN_URL = 'TEST_RUN_URL';

/**
 * Requests a shared resource from the set-up of the test run. The first request creates it.
 * @throws Error with the reason when the creation failed
 */
export async function onceInTestRun(name: string): Promise<string> {
  const address = process.env[TEST_RUN_URL] ?? '';
  const response = await fetch(`${address}/${encodeURIComponent(name)}`);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}
