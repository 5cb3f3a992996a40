import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import type { Target } from '../../../deployment/options.ts';
import { application, stackName } from '../../../deployment/stack/services.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';

/** The differences between releases: a setting of a function, and one of a mapping. */
export interface Release {
  readonly logLevel: string;
  readonly ordersBatchSize: number;
}

/** The deployed settings of the function that processes orders. */
async function readRelease({ region, ...target }: Target): Promise<Partial<Release>> {
  const client = new LambdaClient({ region });
  const FunctionName = `${stackName(application, { region, ...target })}-processOrders`;
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const sizes: (number | undefined)[] = [];
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings(
    { client },
    { FunctionName },
  )) {
    sizes.push(...EventSourceMappings.map(({ BatchSize }) => BatchSize));
  }
  const [ordersBatchSize] = sizes;
  return {
    ...(Environment?.Variables?.LOG_LEVEL !== undefined && { logLevel: Environment.Variables.LOG_LEVEL }),
    ...(sizes.length === 1 && ordersBatchSize !== undefined && { ordersBatchSize }),
  };
}

/** @throws OrderlyError if another release is deployed, or if the function does not have exactly one mapping. */
export async function assertRelease(expected: Release, target: Target): Promise<void> {
  const found = await readRelease(target);
  if (found.logLevel !== expected.logLevel || found.ordersBatchSize !== expected.ordersBatchSize) {
    throw new OrderlyError(
      'deployment',
      `${JSON.stringify(found)} is deployed, and not ${JSON.stringify(expected)}.`,
    );
  }
}
