import { createRequire } from 'node:module';
import { readReservations } from './declared-parameters.ts';
import type { Target } from './options.ts';
import { application, stackName } from './services.ts';

interface Variables {
  resolveVariable(address: string): Promise<string>;
}

/** As the framework reads it: `createRequire`, because no types are checked in it. */
const table: Readonly<Record<string, (variables: Variables) => Promise<number>>> = createRequire(
  import.meta.url,
)('./stack/concurrency.cjs');

/**
 * Returns what the functions of the application will reserve, by their names on AWS, before anything is packaged. A
 * function whose limit is not a number in the service file has it in the table.
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
