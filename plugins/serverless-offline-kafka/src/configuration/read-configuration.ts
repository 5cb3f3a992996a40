import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventSourceError } from '../errors.ts';
import type { CliOptions, Serverless } from '../serverless.ts';
import type { MappingDefinition } from './mapping-definition.ts';
import { readOptions } from './options.ts';
import type { Problem } from './problem.ts';
import { readMappings } from './read-mappings.ts';

/** The event source settings of a service file and the command line. */
export interface Configuration {
  readonly definitions: readonly MappingDefinition[];
  readonly sqsEndpoint?: string;
  /** Lines for the log. */
  readonly warnings: readonly string[];
  /** Lines for the log, less important than warnings. */
  readonly notices: readonly string[];
}

/** Returns why these functions cannot run. */
export type FunctionCheck = (functionKeys: readonly string[]) => Promise<readonly Problem[]>;

type ServiceFile = Pick<Serverless, 'service' | 'serviceDir' | 'configurationFilename'>;

/**
 * Reads the configuration, and checks the functions of the mappings.
 * @throws EventSourceError `invalid_configuration`, with a list of all problems and their paths in the service file
 */
export async function readConfiguration(
  serverless: ServiceFile,
  cliOptions: CliOptions,
  environment: Readonly<Record<string, string | undefined>>,
  checkFunctions: FunctionCheck = async () => [],
): Promise<Configuration> {
  const { service, serviceDir } = serverless;
  const { options, problems: optionProblems } = readOptions({
    custom: service.custom,
    cliOptions,
    environment,
    serviceDir,
    functionKeys: service.getAllFunctions(),
  });
  const { definitions, problems, warnings, notices } = readMappings(service, options);
  const functionKeys = [...new Set(definitions.map(({ functionKey }) => functionKey))];
  const all = [...optionProblems, ...problems, ...(await checkFunctions(functionKeys))];
  const lineOf = await lineFormatter([...all, ...warnings, ...notices], serverless);
  if (all.length > 0) {
    throw new EventSourceError(
      'invalid_configuration',
      ['The Kafka event sources cannot start:', ...new Set(all.map(lineOf))].join('\n  - '),
    );
  }
  return {
    definitions,
    ...(options.sqsEndpoint !== undefined && { sqsEndpoint: options.sqsEndpoint }),
    warnings: warnings.map(lineOf),
    notices: notices.map(lineOf),
  };
}

/** Formats each problem as a line, such as `functions.work.events.0.msk.batchSize (serverless.yml:37): …`. */
async function lineFormatter(
  problems: readonly Problem[],
  { serviceDir, configurationFilename: file = '' }: ServiceFile,
): Promise<(problem: Problem) => string> {
  const isYaml = /\.ya?ml$/.test(file) && problems.length > 0;
  const text = isYaml ? await readFile(join(serviceDir, file), 'utf8').catch(() => '') : '';
  // Imported lazily: the locator loads a YAML parser, which few starts need.
  const lineOf = isYaml ? (await import('./locate-setting.ts')).settingLocator(text) : () => undefined;
  return ({ path, message }) => {
    const line = lineOf(path);
    return `${path.join('.')}${line === undefined ? '' : ` (${file}:${line})`}: ${message}`;
  };
}
