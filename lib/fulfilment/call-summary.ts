import type { DeadLetter } from '../orders/command.ts';
import type { WrittenResults } from './attempt.ts';

/** What a run of calls did. */
export interface CallSummary extends Omit<WrittenResults, 'outbox'> {
  readonly called: number;
  /** Taken, but given back without a call. */
  readonly released: number;
  readonly deadLetters: readonly DeadLetter[];
}

export const noCalls: CallSummary = {
  called: 0,
  released: 0,
  completed: 0,
  failed: 0,
  postponed: 0,
  overtaken: 0,
  deadLetters: [],
};

export function sum(summary: CallSummary, more: Partial<CallSummary>): CallSummary {
  return {
    called: summary.called + (more.called ?? 0),
    released: summary.released + (more.released ?? 0),
    completed: summary.completed + (more.completed ?? 0),
    failed: summary.failed + (more.failed ?? 0),
    postponed: summary.postponed + (more.postponed ?? 0),
    postponedBecause: more.postponedBecause ?? summary.postponedBecause,
    overtaken: summary.overtaken + (more.overtaken ?? 0),
    deadLetters: [...summary.deadLetters, ...(more.deadLetters ?? [])],
  };
}
