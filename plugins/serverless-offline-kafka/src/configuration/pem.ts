import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';

const BEGIN = '-----BEGIN';

/** A setting that contains PEM text or the name of a PEM file, relative to the service's folder. */
export const pem = (serviceDir: string): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .transform((given, context) => {
      if (given.trimStart().startsWith(BEGIN)) {
        return given;
      }
      const file = resolve(serviceDir, given);
      const text = contentOf(file);
      if (text === undefined || !text.includes(BEGIN)) {
        const problem = text === undefined ? 'cannot be read' : 'contains no PEM text';
        context.addIssue({ code: 'custom', message: `the file ${file} ${problem}` });
      }
      return text ?? '';
    });

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
