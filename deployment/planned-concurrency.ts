import { createRequire } from 'node:module';
import { readReservations } from './declared-parameters.ts';
import type { Target } from './options.ts';
import { application, stackName } from './services.ts';

interface Variables {
  resolveVariable(address: string): Promise<string>;
}

/** Loaded as the framework loads it: `createRequire`, because the file is not type-checked. */
const table: Readonly<Record<string, (variables: Variables) => Promise<number>>> = createRequire(
  import.meta.url,
)('./stack/concurrency.cjs');

/**
 * Returns the reserved concurrency of the application's functions, by their names on AWS, before anything is packaged. If
 * the limit of a function is not a number in the service file, it is in this table.
 */
export async function plannedConcurrency(
  target: Target,
  isTest: boolean,
): Promise<ReadonlyMap<string, number>> {
  const variables: Variables = { resolveVariable: async () => String(isTest) };
  const planned = new Map<string, number>();
  for (const [name, reserved] of await readReservations(application)) {
    const limit = typeof reserved === 'number' ? reserved : await table[name]?.(variables);
    planned.set(`${stackName(application, target)}-${name}`, limit ?? 0);
  }
  return planned;
}
