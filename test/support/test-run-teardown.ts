import { finishLogRecord, type Selection } from './log-record/check-log-record.ts';
import { removeMade } from './test-run-setup.ts';

/** Removes the shared resources after all tests, passed or failed. Then checks the log lines of the run. */
export default function teardown(selection: Selection): void {
  removeMade();
  finishLogRecord(selection);
}
