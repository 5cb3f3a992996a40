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
  /** The part of the invocations that fail. */
  readonly failureRate: number;
  /** What an invocation takes on average, and when it can be interrupted. */
  readonly workMs: number;
  readonly faults: readonly Fault[];
  /** Where the plugin is: the package, or a copy of it that was broken on purpose. */
  readonly packageDirectory: string;
  /** Gets the journal, and the log of the members. */
  readonly directory: string;
  readonly timeoutMs: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface SoakResult {
  readonly verdicts: Verdicts;
  /** Whether everything was committed in time. */
  readonly isDone: boolean;
  readonly durationMs: number;
  /** Invocations, by how they ended. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How often the group's offsets were compared with the journal. */
  readonly samples: number;
  /** What each kill of a process interrupted: invocations under way. */
  readonly interrupted: readonly number[];
  /** Of the members that were asked to end. */
  readonly exitCodes: readonly (number | null)[];
  /** Of the first process, while it lived and had work. */
  readonly memory: readonly MemorySample[];
}

const POLL_MS = 50;
const COMMITS_MS = 150;

/**
 * Fills a topic of a Kafka of its own, lets `serverless offline start` deliver it to a function that writes a journal,
 * does the faults meanwhile, and judges the journal when everything is committed or the time is over.
 */
export async function runSoak(plan: SoakPlan): Promise<SoakResult> {
  const journal = join(plan.directory, 'journal.jsonl');
  writeFileSync(journal, '');
  await using environment = await openEnvironment({
    packageDirectory: plan.packageDirectory,
    logFile: join(plan.directory, 'members.log'),
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
