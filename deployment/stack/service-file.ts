import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { PROJECT_ROOT } from '../../local/settings.ts';
import type { Service } from './services.ts';

const serviceSchema = z.object({
  params: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
});

const outputsSchema = z.object({ Outputs: z.record(z.string(), z.unknown()) });

const readYaml = async (file: string): Promise<unknown> =>
  parse(await readFile(join(PROJECT_ROOT, file), 'utf8'));

/** Returns the parameters under `params.<stage>` of a service file. */
export async function readStageFile(
  { directory, file = 'serverless.yml' }: Service,
  stage: string,
): Promise<ReadonlyMap<string, string>> {
  const { params } = serviceSchema.parse(await readYaml(join(directory, file)));
  return new Map(Object.entries(params[stage] ?? {}).map(([name, value]) => [name, String(value ?? '')]));
}

/** Returns the names of the infrastructure's outputs, which are parameters of the stage. */
export async function readOutputNames({ directory }: Service): Promise<readonly string[]> {
  return Object.keys(outputsSchema.parse(await readYaml(join(directory, 'resources/outputs.yml'))).Outputs);
}
