import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verdicts } from '../checker/check.ts';
import { runSoak, type SoakPlan } from '../soak.ts';
import type { Edit, Variant } from './variants.ts';

const SOURCES = ['package.json', 'src', 'test/soak/service', 'test/soak/checker'];
/** Enough invocations for failures of each kind. */
const RUN = { records: 3_000, failureRate: 0.2, workMs: 100, faults: [], timeoutMs: 180_000 };

/** Runs a copy of the plugin with these edits. */
export async function runVariant(edits: readonly Edit[], plan: SoakPlan): Promise<Verdicts> {
  const copy = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-broken-'));
  try {
    for (const source of SOURCES) {
      cpSync(join(plan.packageDirectory, source), join(copy, source), { recursive: true });
    }
    symlinkSync(join(plan.packageDirectory, '../../node_modules'), join(copy, 'node_modules'));
    breakCopy(copy, edits);
    const { verdicts } = await runSoak({ ...plan, ...RUN, packageDirectory: copy });
    return verdicts;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

export const isCaught = ({ verdict }: Variant, verdicts: Verdicts): boolean => verdicts[verdict].count > 0;

function breakCopy(directory: string, edits: readonly Edit[]): void {
  for (const edit of edits) {
    const path = join(directory, edit.file);
    writeFileSync(path, broken(readFileSync(path, 'utf8'), edit));
  }
}

/** @throws when the text does not occur exactly once: the edit would be ambiguous or without effect. */
export function broken(source: string, { file, find, replace }: Edit): string {
  const places = source.split(find).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} has the text to be replaced ${places} times instead of once: the variant must follow the code.\n${find}`,
    );
  }
  return source.replace(find, () => replace);
}
