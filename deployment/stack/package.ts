import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PROJECT_ROOT } from '../../local/settings.ts';
import type { Target } from '../options.ts';
import type { Service } from './services.ts';

/** The folder of all packages. Only one command at a time may use it, because the framework packages into one folder. */
export const DEPLOYMENTS = join(PROJECT_ROOT, '.local/deployment');

/** Returns the folder of a package, which is kept until the next deployment of the stage. */
export const packageDirectory = ({ name }: Service, { stage }: Target): string =>
  join(DEPLOYMENTS, stage, name);
const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z
        .object({
          FunctionName: z.string().optional().catch(undefined),
          ReservedConcurrentExecutions: z.number().optional().catch(undefined),
          Enabled: z.boolean().optional().catch(undefined),
          Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
        })
        .optional(),
    }),
  ),
});

/** A function of a package. */
export interface PackagedFunction {
  readonly name: string;
  readonly reserved: number | undefined;
  /** Values that CloudFormation computes are objects. */
  readonly environment: Readonly<Record<string, unknown>>;
}

type Resources = z.infer<typeof templateSchema>['Resources'];

async function readResources(directory: string): Promise<Resources> {
  const file = join(directory, 'cloudformation-template-update-stack.json');
  return templateSchema.parse(JSON.parse(await readFile(file, 'utf8'))).Resources;
}

/** Returns the functions of the package in a directory. */
export async function readPackagedFunctions(directory: string): Promise<readonly PackagedFunction[]> {
  return Object.values(await readResources(directory))
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties: { FunctionName = '', ReservedConcurrentExecutions, Environment } = {} }) => ({
      name: FunctionName,
      reserved: ReservedConcurrentExecutions,
      environment: Environment?.Variables ?? {},
    }));
}

/** Returns the logical ids of the enabled event source mappings in the package. */
export async function readPackagedMappings(directory: string): Promise<readonly string[]> {
  return Object.entries(await readResources(directory))
    .filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::Lambda::EventSourceMapping' && Properties?.Enabled !== false,
    )
    .map(([id]) => id);
}
