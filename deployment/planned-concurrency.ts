import type { Target } from './options.ts';
import { application, stackName } from './services.ts';
import { functionSettings, reservedConcurrency } from './stack/functions.ts';

/** Returns the reserved concurrency of the application's functions, by their names on AWS, before anything is packaged. */
export const plannedConcurrency = (target: Target, isTest: boolean): ReadonlyMap<string, number> =>
  new Map(
    Object.entries(functionSettings).map(([name, settings]) => [
      `${stackName(application, target)}-${name}`,
      reservedConcurrency(settings, isTest),
    ]),
  );
