/** The variable with the address of the server that `test-run-setup.ts` starts. */
export const TEST_RUN_URL = 'TEST_RUN_URL';

/**
 * Asks the set-up of the test run for something that test files share. The first file that asks has it made.
 * @throws Error with the reason when it could not be made
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
