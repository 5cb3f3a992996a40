import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../local/settings.ts';
import type { Target } from '../options.ts';
import { parameterArguments } from '../stack/parameters.ts';
import { application, type Service, setup } from '../stack/services.ts';
import type { RunServerless } from './serverless.ts';

/** What is deployed from here; one command at a time, since the framework packages into one place. */
export const DEPLOYMENTS = join(PROJECT_ROOT, '.local/deployment');

/** Where a stage's packages are kept, until its next deployment. */
export const packageDirectory = ({ name }: Service, { stage }: Target): string =>
  join(DEPLOYMENTS, stage, name);

/** Packages the setup and the application. @throws OrderlyError when a parameter is missing. */
export async function packageServices(
  target: Target,
  parameters: ReadonlyMap<string, string>,
  serverless: RunServerless,
): Promise<void> {
  for (const service of [setup, application]) {
    const directory = packageDirectory(service, target);
    await rm(directory, { recursive: true, force: true });
    await serverless('package', service, target, ['--package', directory, ...parameterArguments(parameters)]);
  }
}
