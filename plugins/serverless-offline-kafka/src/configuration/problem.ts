import type * as z from 'zod';

/** The path of a setting in the service file, such as `functions`, `work`, `events`, 0, `msk`, `batchSize`. */
export type SettingPath = readonly (string | number)[];

/** A problem with a setting. */
export interface Problem {
  readonly path: SettingPath;
  readonly message: string;
}

/** Converts the issues of a schema. The problem of an unknown setting has the path of that setting. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such setting' }))
      : [{ path, message: issue.message }];
  });
}

/** Adds `path` in front of the problems' paths. */
export const under = (path: SettingPath, problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
