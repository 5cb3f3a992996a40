import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import type { Verdicts } from './checker/check.ts';
import type { Fault } from './faults/fault.ts';
import { findShortfalls } from './find-shortfalls.ts';
import { runIntegrity } from './integrity-run.ts';
import { planIntegrity } from './plan-integrity.ts';

/**
 * The short form of `npm run test:integrity`: an acknowledged command is never lost and never takes effect twice, with
 * fulfilment by webhook. docs/integrity.md describes the long form.
 */

const SEED = 1;
const ORDERS = 2_500;
/** The load lasts as long as five faults, also on a machine that recovers from each in twice the usual time. */
const COMMANDS_PER_SECOND = 40;
/** Faults that kill the functions come first, so that the leases of their calls (30 s) expire during the others. */
const FAULTS: readonly Fault[] = [
  { kind: 'kill-after-commit' },
  { kind: 'kill', targets: ['kafka', 'postgres', 'functions-1', 'functions-2'], awayMs: 0 },
  { kind: 'freeze', target: 'postgres', lastsMs: 2_000 },
  { kind: 'cut-answers', server: 'postgres', answers: 5 },
  { kind: 'kill', targets: ['kafka'], awayMs: 500 },
];

const directory = mkdtempSync(join(tmpdir(), 'orderly-integrity-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const nothingFound: Verdicts = {
  lost: { count: 0, first: [] },
  duplicate: { count: 0, first: [] },
  order: { count: 0, first: [] },
  unaccounted: { count: 0, first: [] },
  status_gaps: { count: 0, first: [] },
  offsets: { count: 0, first: [] },
  dead_letters: { count: 0, first: [] },
  calls: { count: 0, first: [] },
  recreated: { count: 0, first: [] },
};

test('under load and five faults no command is lost, duplicated, reordered or unfinished, nor after the redrive of every dead letter', async () => {
  const lines: string[] = [];
  const { load } = planIntegrity(SEED, { orders: ORDERS, faults: 0 });

  const run = await runIntegrity({
    seed: SEED,
    load,
    commandsPerSecond: COMMANDS_PER_SECOND,
    faults: FAULTS.map((fault, index) => ({ atMs: 1_500 * (index + 1), fault })),
    projectDirectory: PROJECT_ROOT,
    drainTimeoutMs: 240_000,
    journalFile: join(directory, 'journal.jsonl'),
    progress: (line) => lines.push(line),
    signal: AbortSignal.timeout(780_000),
  });

  process.stdout.write(`${lines.join('\n')}\n`);
  expect(run.verdicts).toEqual(nothingFound);
  expect(run.verdictsAfterRedrive).toEqual(nothingFound);
  expect(run.drains).toHaveLength(2);
  expect(findShortfalls(run)).toEqual([]);
  expect(run.counts['Commands acknowledged']).toBe(load.commands.size);
  expect(run.faults).toHaveLength(FAULTS.length);
  for (const { inFlight } of run.faults.slice(0, 3)) {
    expect(inFlight).toMatch(/transactions: [1-9]/); // the kill interrupted work
  }
}, 800_000);
