import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { PROJECT_ROOT } from '../local/settings.ts';
import type { Service } from './services.ts';

const serviceSchema = z.object({
  params: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
});

/** What a service file says under `params.<stage>`; empty when it says nothing. */
export async function readStageFile(
  { directory, file = 'serverless.yml' }: Service,
  stage: string,
): Promise<ReadonlyMap<string, string>> {
  const { params } = serviceSchema.parse(parse(await readFile(join(PROJECT_ROOT, directory, file), 'utf8')));
  return new Map(Object.entries(params[stage] ?? {}).map(([name, value]) => [name, String(value ?? '')]));
}
