import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparationArguments } from '../deployment/preparation-arguments.ts';
import type { Ended, ServiceCopy, Template } from './service-copy.ts';

export interface PackagedTemplate {
  readonly file: string;
  readonly template: Template;
}

/** Every template that is deployed: the stacks, and the infrastructure in each of its forms. */
export async function packageTemplates(service: ServiceCopy) {
  const keep = async (folder: string, packaging: Promise<Ended>): Promise<PackagedTemplate> => {
    const { exitCode, output } = await packaging;
    if (exitCode !== 0) {
      throw new Error(output);
    }
    // a copy: the next packaging in this folder replaces it
    const file = join(service.directory, `template-${randomUUID()}.json`);
    copyFileSync(service.templateFile(folder), file);
    return { file, template: service.template(folder) };
  };
  const infrastructure = (...parameters: string[]): Promise<PackagedTemplate> =>
    keep(
      'infrastructure',
      service.serverless(['package', '--stage', 'prod', ...parameters], 'infrastructure'),
    );
  return {
    application: await keep('.', service.npmRunPackage()),
    preparation: await keep('.', service.serverless(['package', ...preparationArguments])),
    infrastructure: await infrastructure(),
    'infrastructure of a test stage': await infrastructure('--param=test=true'),
    'infrastructure with MSK Serverless': await infrastructure('--param=kafka=serverless'),
  };
}
