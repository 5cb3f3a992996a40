import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runVariant } from './broken/run-variant.ts';
import { variants } from './broken/variants.ts';
import { eachFault } from './fault.ts';
import { runSoak, type SoakPlan } from './soak.ts';

/** The short form of `run.ts`, which runs with 100,000 records. */

const TIMEOUT_MS = 960_000;
const NOTHING = { count: 0, first: [] };

const directory = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-soak-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const newPlan = (): SoakPlan => ({
  records: 10_000,
  seed: 1,
  failureRate: 0.05, // enough for failures of each kind in a short run
  workMs: 400, // long enough for the faults
  faults: eachFault,
  packageDirectory: join(import.meta.dirname, '../..'),
  directory,
  timeoutMs: TIMEOUT_MS / 2,
  report: () => undefined,
  signal: AbortSignal.timeout(TIMEOUT_MS),
});

test(
  'nothing is lost, skipped or committed early while the function fails, broker and process are killed, and a member joins and leaves',
  async () => {
    const { verdicts, isDone, outcomes, samples, interrupted, exitCodes } = await runSoak(newPlan());

    expect(verdicts).toEqual({ lost: NOTHING, disorder: NOTHING, early_commits: NOTHING, overlap: NOTHING });
    expect(isDone).toBe(true);
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(0);
    expect(samples).toBeGreaterThan(20);
    expect(interrupted).toEqual([expect.any(Number)]);
    expect(interrupted[0]).toBeGreaterThan(0);
    expect(exitCodes).toEqual([0, 0]);
  },
  TIMEOUT_MS,
);

test.each(variants)(
  'the checker finds that $what',
  async (variant) => {
    const verdicts = await runVariant(variant.edits, newPlan());

    expect(verdicts[variant.verdict].count).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
