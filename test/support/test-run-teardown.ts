import { removeMade } from './test-run-setup.ts';

/** Removes the shared resources after all tests, passed or failed. */
export default function teardown(): void {
  removeMade();
}
