import { OrderlyError } from '../lib/errors.ts';
import type { Beginning } from '../lib/kafka/consumer/offset-lookup.ts';

export interface TailOptions {
  readonly topic: string;
  readonly startFrom: Beginning;
  /** Only messages with exactly this key. */
  readonly key: string | undefined;
  /** Ends after so many messages. */
  readonly max: number;
  readonly json: boolean;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws OrderlyError that says what to write instead */
export function readTailOptions(
  args: readonly string[],
  { from, key, max }: Readonly<Record<string, string | undefined>>,
  flags: ReadonlySet<string>,
  nowMs: number,
): TailOptions {
  const [topic, ...rest] = args;
  if (topic === undefined || topic === '' || rest.length > 0) {
    throw refusal('Say one topic: npm run tail -- orders. See --help.');
  }
  return {
    topic,
    startFrom: readBeginning(from ?? 'latest', nowMs),
    key,
    max: readMax(max),
    json: flags.has('json'),
  };
}

function readBeginning(from: string, nowMs: number): Beginning {
  if (from === 'earliest' || from === 'latest') {
    return from;
  }
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(from) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return Math.max(0, nowMs - Number(amount) * (UNITS_MS[unit] ?? 0));
  }
  const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(from)
    ? Date.parse(from)
    : Number.NaN;
  if (Number.isNaN(timestamp)) {
    throw refusal(
      `--from is earliest, latest, a time like 2026-11-01T10:00:00Z, or how long ago like 15m, 2h or 3d; not "${from}".`,
    );
  }
  if (timestamp > nowMs) {
    throw refusal(`--from ${from} is in the future; what comes from now on is --from latest.`);
  }
  return timestamp;
}

function readMax(max: string | undefined): number {
  if (max === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  if (!/^[1-9]\d{0,14}$/.test(max)) {
    throw refusal(`--max is a whole number above 0, not "${max}".`);
  }
  return Number(max);
}

const refusal = (message: string): OrderlyError => new OrderlyError('local_stack', message);
