import { removeMade } from './test-run-setup.ts';

/** After all tests, passed or failed. */
export default function teardown(): void {
  removeMade();
}
