import { functionNameOf } from './configuration/naming.ts';
import type { Configuration } from './configuration/read-configuration.ts';
import { checkDestination, createDestination } from './destination/failure-destination.ts';
import { missingModules } from './invocation/function-checks.ts';
import { createFunctionInvoker } from './invocation/function-invoker.ts';
import { offlineOptions } from './invocation/function-settings.ts';
import { EventSourceMapping } from './mapping/event-source-mapping.ts';
import type { CliOptions, Log, Serverless, Service } from './serverless.ts';
import { StallReport } from './status/stall-report.ts';

export interface EventSource {
  /** Stops all mappings within 1.8 s. Commits successful batches and leaves the groups. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Starts a mapping for each definition. Each mapping connects independently of the others.
 * @throws EventSourceError `invalid_configuration` when a mapping needs a package that is not installed
 */
export async function startEventSource(
  { definitions, sqsEndpoint, warnings, notices }: Configuration,
  serverless: Serverless,
  cliOptions: CliOptions,
  log: Log,
): Promise<EventSource> {
  for (const warning of warnings) {
    log.warning(warning);
  }
  for (const notice of notices) {
    log.notice(notice);
  }
  for (const { destination } of definitions) {
    if (destination) {
      checkDestination(destination);
    }
  }
  const functionKeys = [...new Set(definitions.map(({ functionKey }) => functionKey))];
  for (const missing of missingModules(serverless, offlineOptions(serverless, cliOptions), functionKeys)) {
    log.warning(missing);
  }
  const invoker = await createFunctionInvoker(serverless, cliOptions, log);
  const sources = definitions.map((definition) => {
    const { functionKey, destination: to, cluster, eventSourceArn } = definition;
    const destination =
      to &&
      createDestination(to, {
        cluster,
        functionArn: functionArn(serverless.service, functionKey),
        ...(eventSourceArn !== undefined && { eventSourceArn }),
        ...(sqsEndpoint !== undefined && { sqsEndpoint }),
        log,
      });
    const mapping = new EventSourceMapping({
      definition,
      invoke: (event, requestId) => invoker.invoke({ functionKey, event, requestId }),
      ...(destination && { destination }),
      log,
    });
    return { definition, mapping, destination };
  });
  for (const { mapping } of sources) {
    mapping.start();
  }
  const report = new StallReport(
    sources.map(({ definition, mapping }) => ({
      definition,
      stallReason: (partition) => mapping.stallReason(partition),
    })),
    { log, now: () => performance.now() },
  );
  report.start();

  return {
    stop: async () => {
      report.stop();
      await Promise.all(sources.map(({ mapping }) => mapping.stop()));
      await Promise.all([invoker.close(), ...sources.map(({ destination }) => destination?.close())]);
    },
  };
}

/** Returns the ARN that the function would have in a deployment, for messages to destinations. */
function functionArn(service: Service, functionKey: string): string {
  const { region = 'us-east-1' } = service.provider;
  return `arn:aws:lambda:${region}:000000000000:function:${functionNameOf(service, functionKey)}`;
}
