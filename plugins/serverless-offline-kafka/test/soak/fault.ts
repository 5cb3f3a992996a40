/** A fault that is injected during a run. */
export interface Fault {
  readonly kind: 'kill broker' | 'kill process' | 'second joins' | 'second leaves';
  /** The fraction of successful records at which the fault is injected. */
  readonly at: number;
}

/** Three kills of the process, one of them with a second member, and two kills of the broker. */
export const allFaults: readonly Fault[] = [
  { kind: 'kill process', at: 0.1 },
  { kind: 'second joins', at: 0.2 },
  { kind: 'kill broker', at: 0.35 },
  { kind: 'kill process', at: 0.5 },
  { kind: 'second leaves', at: 0.65 },
  { kind: 'kill broker', at: 0.75 },
  { kind: 'kill process', at: 0.85 },
];

/** One fault of each kind. */
export const eachFault: readonly Fault[] = [
  { kind: 'second joins', at: 0.1 },
  { kind: 'kill broker', at: 0.3 },
  { kind: 'kill process', at: 0.5 },
  { kind: 'second leaves', at: 0.7 },
];
