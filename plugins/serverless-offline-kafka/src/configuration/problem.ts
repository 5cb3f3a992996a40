import type * as z from 'zod';

/** The way to a setting in the service file, such as `functions`, `work`, `events`, 0, `msk`, `batchSize`. */
export type SettingPath = readonly (string | number)[];

/** What is wrong with a setting. Each one forbids to start. */
export interface Problem {
  readonly path: SettingPath;
  readonly message: string;
}

/** The problems that a schema found. An unknown setting is the problem of its own path, not of what it stands in. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such setting' }))
      : [{ path, message: issue.message }];
  });
}

/** Problems of what stands at `path`, for readers who begin elsewhere. */
export const under = (path: SettingPath, problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
