import { readFileSync } from 'node:fs';

/** The resident memory of a process when this number of records had succeeded. */
export interface MemorySample {
  readonly records: number;
  readonly bytes: number;
}

export interface MemorySampler extends Disposable {
  readonly samples: readonly MemorySample[];
}

const INTERVAL_MS = 250;
const FIFTHS = 5;

/** Samples the resident memory of a process while it runs. Works only on Linux. */
export function sampleMemory(pid: number, records: () => number): MemorySampler {
  const samples: MemorySample[] = [];
  const timer = setInterval(() => {
    const bytes = residentBytes(pid);
    if (bytes !== undefined) {
      samples.push({ records: records(), bytes });
    }
  }, INTERVAL_MS);
  return { samples, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Returns the median of each fifth of a run with `total` records. */
export function memoryByFifths(samples: readonly MemorySample[], total: number): number[] {
  return Array.from({ length: FIFTHS }, (_, fifth) => {
    const from = (fifth * total) / FIFTHS;
    const to = ((fifth + 1) * total) / FIFTHS;
    const sizes = samples
      .filter(({ records }) => records > from && records <= to)
      .map(({ bytes }) => bytes)
      .toSorted((a, b) => a - b);
    return sizes[Math.floor(sizes.length / 2)] ?? Number.NaN;
  });
}

function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
