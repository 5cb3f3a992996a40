import { randomInt } from 'node:crypto';
import { type OptionValues, usageError } from '../../../cli/command.ts';

export const fuzzHelp = `npm run test:fuzz [-- --seed N] [--cases N] [--auth none|token]
  Sends generated requests to a real "npm start" and compares every answer with the OpenAPI document. Requests that the
  document allows must succeed, all others must be rejected, and no answer may differ from its description.

  --seed N            generates from the seed of an earlier run (default: three random seeds). Ids that the API chooses
                      differ from run to run
  --cases N           the requests per operation of the phase "fuzzing" (default: 50)
  --auth none|token   an API that checks no tokens, or one that does (default: both)

  The fuzzer is schemathesis, from the Python package index; it needs Python 3.10 or newer. Without Python the run is
  skipped, which counts as a failure in CI. Takes about 20 seconds per seed and API.
  Exit code 0: no findings and enough requests in every run, or the run was skipped.
`;

export const fuzzOptions = ['seed', 'cases', 'auth'];

export type Auth = 'none' | 'token';

export interface FuzzOptions {
  readonly seeds: readonly number[];
  readonly cases: number;
  readonly auths: readonly Auth[];
}

const SEEDS = 1_000_000;
export const DEFAULT_CASES = 50;

/** @throws OrderlyError with the correct usage */
export function readFuzzOptions({ seed, cases, auth }: OptionValues): FuzzOptions {
  if (auth !== undefined && auth !== 'none' && auth !== 'token') {
    throw usageError(`--auth ${auth} is neither none nor token. See --help.`);
  }
  return {
    seeds: seed === undefined ? [0, 1, 2].map(() => randomInt(SEEDS)) : [wholeNumber('seed', seed)],
    cases: cases === undefined ? DEFAULT_CASES : wholeNumber('cases', cases),
    auths: auth === undefined ? ['none', 'token'] : [auth],
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) {
    throw usageError(`--${name} ${text} is not a whole number. See --help.`);
  }
  return Number(text);
}
