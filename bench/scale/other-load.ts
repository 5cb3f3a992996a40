import { machineCpuMs, treeCpuMs } from './cpu-time.ts';

interface Sample {
  readonly at: number;
  readonly otherCpuMs: number;
}

const INTERVAL_MS = 500;

/** Samples the CPU time of all programs that do not belong to this process. Disposing stops the samples. */
export class OtherLoad implements Disposable {
  readonly #samples: Sample[] = [];
  readonly #timer = setInterval(() => this.#sample(), INTERVAL_MS).unref();

  /** Returns how many cores other programs used on average, between two times in ms since the epoch. */
  coresBetween(from: number, to: number): number {
    const before = this.#samples.findLast(({ at }) => at <= from);
    const after = this.#samples.find(({ at }) => at >= to);
    if (before === undefined || after === undefined) {
      throw new Error('The load of other programs was not sampled at that time.');
    }
    return Math.max(0, (after.otherCpuMs - before.otherCpuMs) / (after.at - before.at));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#samples.push({ at: Date.now(), otherCpuMs: machineCpuMs() - treeCpuMs(process.pid) });
  }
}
