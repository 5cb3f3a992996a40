import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../../../../cli/poll-until.ts';
import { check, type Verdicts } from './checker/check.ts';
import { type JournalEntry, type Outcome, readEntries } from './checker/journal.ts';
import { openEnvironment } from './environment.ts';
import type { Fault } from './fault.ts';
import { type MemorySample, sampleMemory } from './memory.ts';
import { Progress } from './progress.ts';
import { fillTopic, watchCommits } from './topic.ts';

export interface SoakPlan {
  readonly records: number;
  readonly seed: number;
  /** The fraction of invocations that fail. */
  readonly failureRate: number;
  /** The average duration of an invocation. */
  readonly workMs: number;
  readonly faults: readonly Fault[];
  /** The directory of the plugin: the package, or a copy with a defect. */
  readonly packageDirectory: string;
  /** The directory of the journal and of the members' log. */
  readonly directory: string;
  readonly timeoutMs: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface SoakResult {
  readonly verdicts: Verdicts;
  /** True if everything was committed in time. */
  readonly isDone: boolean;
  readonly durationMs: number;
  /** The number of invocations by outcome. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** The number of samples of the group's offsets. */
  readonly samples: number;
  /** The number of invocations that each kill of a process interrupted. */
  readonly interrupted: readonly number[];
  /** The exit codes of the stopped members. */
  readonly exitCodes: readonly (number | null)[];
  /** Samples of the first process while it had work. */
  readonly memory: readonly MemorySample[];
}

const POLL_MS = 50;
const COMMITS_MS = 150;

/**
 * Starts a Kafka broker and fills a topic. `serverless offline start` delivers it to a function that writes a journal, while
 * faults are injected. Checks the journal when everything is committed or at the time limit.
 */
export async function runSoak(plan: SoakPlan): Promise<SoakResult> {
  const journal = join(plan.directory, 'journal.jsonl');
  writeFileSync(journal, '');
  await using environment = await openEnvironment({
    packageDirectory: plan.packageDirectory,
    logFile: join(plan.directory, 'members.log'),
    slowFile: join(plan.directory, 'slow'),
    variables: {
      SOAK_JOURNAL: journal,
      SOAK_SEED: `${plan.seed}`,
      SOAK_FAILURE_RATE: `${plan.failureRate}`,
      SOAK_WORK_MS: `${plan.workMs}`,
    },
  });
  const counts = await fillTopic(environment.brokers, plan.records);
  const progress = new Progress(journal, counts);
  let committed: readonly number[] = [];
  await using watch = watchCommits(environment.brokers, COMMITS_MS, (offsets) => {
    appendFileSync(journal, `\n${JSON.stringify({ type: 'committed', offsets })}\n`);
    committed = offsets;
  });

  const startedMs = performance.now();
  const until = (condition: () => boolean): Promise<boolean> =>
    pollUntil(
      () => {
        environment.assertRunning();
        return condition();
      },
      { intervalMs: POLL_MS, timeoutMs: startedMs + plan.timeoutMs - performance.now(), signal: plan.signal },
    );
  const first = await environment.startFirst();
  using memory = sampleMemory(first.pid, () => progress.succeeded());
  for (const fault of plan.faults) {
    await until(() => progress.succeeded() >= fault.at * plan.records);
    plan.report(`${fault.kind}, after ${progress.succeeded()} records`);
    await environment.cause(fault, progress);
  }
  const isDone = await until(() => `${committed}` === `${counts}`);
  const durationMs = performance.now() - startedMs;
  await environment.close();
  await watch.stop();

  const entries = readEntries(readFileSync(journal, 'utf8'));
  return {
    verdicts: check(entries, counts),
    isDone,
    durationMs,
    outcomes: countOutcomes(entries),
    samples: entries.filter(({ type }) => type === 'committed').length,
    interrupted: environment.interrupted,
    exitCodes: environment.exitCodes,
    memory: memory.samples,
  };
}

function countOutcomes(entries: readonly JournalEntry[]): Record<Outcome, number> {
  const counts = { succeeded: 0, threw: 0, reported: 0, 'reported strings': 0 };
  for (const entry of entries) {
    if (entry.type === 'ended') {
      counts[entry.outcome] += 1;
    }
  }
  return counts;
}
