import { type MappingDefinition, readMappingDefinitions } from './configuration/mapping-definition.ts';
import { type Options, readOptions } from './configuration/options.ts';
import { EventSourceError } from './errors.ts';
import { createFunctionInvoker } from './invocation/function-invoker.ts';
import { EventSourceMapping } from './mapping/event-source-mapping.ts';
import type { CliOptions, Log, Serverless, Service } from './serverless.ts';

export interface Configuration {
  readonly options: Options;
  readonly definitions: readonly MappingDefinition[];
  readonly warnings: readonly string[];
}

/**
 * Everything that a service file says about event sources.
 * @throws EventSourceError `invalid_configuration`, with all problems listed together
 */
export function readConfiguration(
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const { options, problems } = readOptions(service.custom, environment);
  const { definitions, warnings, problems: mappingProblems } = readMappingDefinitions(service);
  const all = [...problems, ...mappingProblems];
  if (!options || all.length > 0) {
    throw new EventSourceError(
      'invalid_configuration',
      ['The Kafka event sources cannot start:', ...all].join('\n  - '),
    );
  }
  return { options, definitions, warnings };
}

export interface EventSource {
  /** Ends all mappings within 1.8 s: their members leave, what succeeded is committed. Never throws. */
  stop(): Promise<void>;
}

/** Starts a mapping for each definition. They connect by themselves; one that cannot holds no other up. */
export async function startEventSource(
  { options, definitions, warnings }: Configuration,
  serverless: Serverless,
  cliOptions: CliOptions,
  log: Log,
): Promise<EventSource> {
  for (const warning of warnings) {
    log.warning(warning);
  }
  const invoker = await createFunctionInvoker(serverless, cliOptions);
  const mappings = definitions.map(
    (definition) =>
      new EventSourceMapping({
        definition,
        options,
        invoke: (event) => invoker.invoke(definition.functionKey, event),
        log,
      }),
  );
  for (const mapping of mappings) {
    mapping.start();
  }

  return {
    stop: async () => {
      await Promise.all(mappings.map((mapping) => mapping.stop()));
      await invoker.close();
    },
  };
}
