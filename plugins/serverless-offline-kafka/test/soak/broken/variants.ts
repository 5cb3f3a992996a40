import type { Verdicts } from '../checker/check.ts';

/** A text that stands in a file of the package exactly once, and what stands there instead. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The plugin with one of its protections taken out. */
export interface Variant {
  readonly name: string;
  /** For people. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The verdict that must find it. */
  readonly verdict: keyof Verdicts;
}

/** Never shipped: applied to a copy of the plugin that lasts as long as its run. */
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
    what: 'failures that a function reports with text instead of partition and offset count for nothing',
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
