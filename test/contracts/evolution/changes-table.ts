import { readFileSync } from 'node:fs';
import type { Verdicts } from './changes.ts';

export interface Row {
  readonly change: string;
  readonly ours: Verdicts;
  readonly registry: Verdicts;
  /** Why the verdicts differ; empty if they do not. */
  readonly difference: string;
}

/** Returns the rows of the table in docs/contracts-evolution.md, which is the record of the verdicts. */
export function changesTable(): readonly Row[] {
  const [, section = ''] = readFileSync('docs/contracts-evolution.md', 'utf8').split('## Kinds of change');
  return [...section.matchAll(/^\| (?!change \|)(.+) \|$/gm)].map(([, row = '']): Row => {
    const [
      change = '',
      backward = '',
      forward = '',
      registryBackward = '',
      registryForward = '',
      difference = '',
    ] = row.split(' | ');
    return {
      change,
      ours: { backward, forward },
      registry: { backward: registryBackward, forward: registryForward },
      difference: difference.trim(),
    };
  });
}
