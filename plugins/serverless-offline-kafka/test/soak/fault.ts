/** What is done to a run while it works. */
export interface Fault {
  readonly kind: 'kill broker' | 'kill process' | 'second joins' | 'second leaves';
  /** When this part of the records has succeeded. */
  readonly at: number;
}

/** Three kills of the process, one of them beside a second member, and two of the broker. */
export const allFaults: readonly Fault[] = [
  { kind: 'kill process', at: 0.1 },
  { kind: 'second joins', at: 0.2 },
  { kind: 'kill broker', at: 0.35 },
  { kind: 'kill process', at: 0.5 },
  { kind: 'second leaves', at: 0.65 },
  { kind: 'kill broker', at: 0.75 },
  { kind: 'kill process', at: 0.85 },
];

/** One of each. */
export const eachFault: readonly Fault[] = [
  { kind: 'second joins', at: 0.1 },
  { kind: 'kill broker', at: 0.3 },
  { kind: 'kill process', at: 0.5 },
  { kind: 'second leaves', at: 0.7 },
];
