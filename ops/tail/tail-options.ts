import { usageError } from '../../cli/command.ts';
import { pointInTimeForms, readPointInTime } from '../../cli/point-in-time.ts';
import type { StartingOffset } from '../../lib/kafka/consumer/offset-lookup.ts';

export interface TailOptions {
  readonly topic: string;
  readonly startFrom: StartingOffset;
  /** Only messages with exactly this key. */
  readonly key: string | undefined;
  /** The number of messages after which the tool ends. */
  readonly max: number;
  readonly json: boolean;
}

/** @throws OrderlyError with the correct form */
export function readTailOptions(
  args: readonly string[],
  { from, key, max }: Readonly<Record<string, string | undefined>>,
  flags: ReadonlySet<string>,
  nowMs: number,
): TailOptions {
  const [topic, ...rest] = args;
  if (topic === undefined || topic === '' || rest.length > 0) {
    throw usageError('Give one topic: npm run tail -- orders. See --help.');
  }
  return {
    topic,
    startFrom: readStartingOffset(from ?? 'latest', nowMs),
    key,
    max: readMax(max),
    json: flags.has('json'),
  };
}

function readStartingOffset(from: string, nowMs: number): StartingOffset {
  if (from === 'earliest' || from === 'latest') {
    return from;
  }
  const timestamp = readPointInTime(from, nowMs);
  if (timestamp === undefined) {
    throw usageError(`--from is earliest, latest, ${pointInTimeForms}; not "${from}".`);
  }
  if (timestamp > nowMs) {
    throw usageError(`--from ${from} is in the future; use --from latest for new messages.`);
  }
  return timestamp;
}

function readMax(max: string | undefined): number {
  if (max === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  if (!/^[1-9]\d{0,14}$/.test(max)) {
    throw usageError(`--max is a whole number above 0, not "${max}".`);
  }
  return Number(max);
}
