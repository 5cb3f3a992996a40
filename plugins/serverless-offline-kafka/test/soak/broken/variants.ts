import type { Verdicts } from '../checker/check.ts';

/** A text that occurs exactly once in a file of the package, and its replacement. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The plugin without one of its safeguards. */
export interface Variant {
  readonly name: string;
  /** A description. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The verdict that must detect it. */
  readonly verdict: keyof Verdicts;
}

/** Applied to a temporary copy of the plugin only. */
export const variants: readonly Variant[] = [
  {
    name: 'early-commit',
    what: 'offsets are committed before the function has answered',
    edits: [
      {
        file: 'src/delivery/deliver-batch.ts',
        find: `  const startedAtMs = performance.now();
`,
        replace: `  parts.settle(records);
  const startedAtMs = performance.now();
`,
      },
    ],
    verdict: 'early_commits',
  },
  {
    name: 'string-identifiers',
    what: 'failures that a function reports as strings, instead of partition and offset, are ignored',
    edits: [
      {
        file: 'src/delivery/partial-response.ts',
        find: `z.looseObject({ partition: z.string(), offset: z.int() })`,
        replace: `z.any()`,
      },
      {
        file: 'src/delivery/partial-response.ts',
        find: `    const { partition, offset } = itemIdentifier;
`,
        replace: `    if (typeof itemIdentifier === 'string') {
      continue;
    }
    const { partition, offset } = itemIdentifier;
`,
      },
    ],
    verdict: 'lost',
  },
];
