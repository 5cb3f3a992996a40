import type { Target } from '../options.ts';
import { functions, reservedConcurrency } from './functions.ts';
import { application, stackName } from './services.ts';

/** Returns the reserved concurrency of the application's functions, by their names on AWS, before anything is packaged. */
export const plannedConcurrency = (target: Target, isTest: boolean): ReadonlyMap<string, number> =>
  new Map(
    Object.entries(functions).map(([name, settings]) => [
      `${stackName(application, target)}-${name}`,
      reservedConcurrency(settings, isTest),
    ]),
  );
