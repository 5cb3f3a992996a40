import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Variables } from '../../deployment/stack/framework.ts';

export interface ServiceStage {
  /** The service file, relative to the project. */
  readonly file: string;
  readonly stage: string;
  readonly region?: string;
  /** Parameters of the command line, which override the service file. */
  readonly parameters?: Readonly<Record<string, string>>;
}

const serviceSchema = z.object({
  params: z.record(z.string(), z.record(z.string(), z.unknown())),
  functions: z.unknown().optional(),
});

/**
 * Returns the variables that the framework passes to the functions of a service file, without running the framework. A
 * parameter whose value in the file refers to another file is empty unless it is given.
 */
export function serviceVariables({
  file,
  stage,
  region = 'eu-west-1',
  parameters = {},
}: ServiceStage): Variables {
  const path = join(import.meta.dirname, '../..', file);
  const { params, functions } = serviceSchema.parse(parse(readFileSync(path, 'utf8')));
  const inFile = Object.entries({ ...params.default, ...params[stage] }).map(([name, value]) => [
    name,
    typeof value === 'string'
      ? value.replaceAll('$' + '{sls:stage}', stage).replace(/^\$\{file\(.*$/, '')
      : value,
  ]);
  const values: Readonly<Record<string, unknown>> = { ...Object.fromEntries(inFile), ...parameters };
  const properties: Readonly<Record<string, unknown>> = { functions, 'provider.region': region };
  return {
    resolveVariable: async (address) =>
      address === 'sls:stage' ? stage : (values[/^param:(\w+)/.exec(address)?.[1] ?? ''] ?? ''),
    resolveConfigurationProperty: async (keys) => properties[keys.join('.')],
  };
}
