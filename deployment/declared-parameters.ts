import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { PROJECT_ROOT } from '../local/settings.ts';
import { type Declaration, readDeclaration } from '../plugins/stage-parameters/src/declaration.ts';
import type { Service } from './services.ts';

const serviceSchema = z.object({
  custom: z.record(z.string(), z.unknown()).optional(),
  params: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
  functions: z
    .record(z.string(), z.object({ reservedConcurrency: z.union([z.number(), z.string()]).optional() }))
    .default({}),
});

const outputsSchema = z.object({ Outputs: z.record(z.string(), z.unknown()) });

const readYaml = async (file: string): Promise<unknown> =>
  parse(await readFile(join(PROJECT_ROOT, file), 'utf8'));

const readService = async ({
  directory,
  file = 'serverless.yml',
}: Service): Promise<z.infer<typeof serviceSchema>> =>
  serviceSchema.parse(await readYaml(join(directory, file)));

/** What a service file says under `params.<stage>`; empty when it says nothing. */
export async function readStageFile(service: Service, stage: string): Promise<ReadonlyMap<string, string>> {
  const { params } = await readService(service);
  return new Map(Object.entries(params[stage] ?? {}).map(([name, value]) => [name, String(value ?? '')]));
}

export interface DeclaredParameters {
  /** What must be given, and of which form. */
  readonly declaration: Declaration;
  /** Those that a stage has without being told. */
  readonly defaults: ReadonlySet<string>;
}

/** Of the application or the setup. */
export async function readDeclared(service: Service): Promise<DeclaredParameters> {
  const { custom, params } = await readService(service);
  return { declaration: readDeclaration(custom), defaults: new Set(Object.keys(params.default ?? {})) };
}

/** The names of the parameters of the infrastructure; each has a default. */
export async function readInfrastructureNames(infrastructure: Service): Promise<ReadonlySet<string>> {
  const { params } = await readService(infrastructure);
  return new Set(Object.keys(params.default ?? {}));
}

/** By the name of the function in the service file: a number, or a variable of the framework. */
export async function readReservations(service: Service): Promise<ReadonlyMap<string, number | string>> {
  const { functions } = await readService(service);
  return new Map(
    Object.entries(functions).flatMap(([name, { reservedConcurrency }]) =>
      reservedConcurrency === undefined ? [] : [[name, reservedConcurrency]],
    ),
  );
}

/** What the infrastructure will hand on to the stage, by the names of its outputs. */
export async function readOutputNames({ directory }: Service): Promise<readonly string[]> {
  return Object.keys(outputsSchema.parse(await readYaml(join(directory, 'resources/outputs.yml'))).Outputs);
}
