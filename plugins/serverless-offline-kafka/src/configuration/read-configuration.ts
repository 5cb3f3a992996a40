import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventSourceError } from '../errors.ts';
import type { CliOptions, Serverless } from '../serverless.ts';
import type { MappingDefinition } from './mapping-definition.ts';
import { readOptions } from './options.ts';
import type { Problem } from './problem.ts';
import { readMappings } from './read-mappings.ts';

/** Everything that a service file and the command line say about event sources. */
export interface Configuration {
  readonly definitions: readonly MappingDefinition[];
  readonly sqsEndpoint?: string;
  /** Each one a line for the log. */
  readonly warnings: readonly string[];
}

type ServiceFile = Pick<Serverless, 'service' | 'serviceDir' | 'configurationFilename'>;

/**
 * Reads it.
 * @throws EventSourceError `invalid_configuration`, with all problems in one list, each with its place in the service file
 */
export async function readConfiguration(
  serverless: ServiceFile,
  cliOptions: CliOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Configuration> {
  const { service, serviceDir } = serverless;
  const { options, problems: optionProblems } = readOptions({
    custom: service.custom,
    cliOptions,
    environment,
    serviceDir,
    functionKeys: service.getAllFunctions(),
  });
  const { definitions, problems, warnings } = readMappings(service, options);
  const all = [...optionProblems, ...problems];
  const lines = await linesOf([...all, ...warnings], serverless);
  if (all.length > 0) {
    const list = lines.slice(0, all.length);
    throw new EventSourceError(
      'invalid_configuration',
      ['The Kafka event sources cannot start:', ...new Set(list)].join('\n  - '),
    );
  }
  return {
    definitions,
    ...(options.sqsEndpoint !== undefined && { sqsEndpoint: options.sqsEndpoint }),
    warnings: lines,
  };
}

/** A line for each, such as `functions.work.events.0.msk.batchSize (serverless.yml:37): …`. */
async function linesOf(
  problems: readonly Problem[],
  { serviceDir, configurationFilename: file = '' }: ServiceFile,
): Promise<string[]> {
  if (problems.length === 0) {
    return [];
  }
  const isYaml = /\.ya?ml$/.test(file);
  const text = isYaml ? await readFile(join(serviceDir, file), 'utf8').catch(() => '') : '';
  const { settingLocator } = await import('./locate-setting.ts'); // a YAML parser, which few starts need
  const lineOf = settingLocator(text);
  return problems.map(({ path, message }) => {
    const line = lineOf(path);
    return `${path.join('.')}${line === undefined ? '' : ` (${file}:${line})`}: ${message}`;
  });
}
