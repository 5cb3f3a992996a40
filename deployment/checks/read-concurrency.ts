import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { ConcurrencyQuota } from './concurrency.ts';

export async function readConcurrencyQuota(region: string): Promise<ConcurrencyQuota> {
  const { AccountLimit } = await new LambdaClient({ region }).send(new GetAccountSettingsCommand({}));
  return {
    total: AccountLimit?.ConcurrentExecutions ?? 0,
    unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
  };
}

/** What these functions reserve now, by name; those that are not there yet are left out. */
export async function readReserved(
  functionNames: readonly string[],
  region: string,
): Promise<ReadonlyMap<string, number>> {
  const client = new LambdaClient({ region });
  const reserved = new Map<string, number>();
  for (const FunctionName of functionNames) {
    const { ReservedConcurrentExecutions } = await client
      .send(new GetFunctionConcurrencyCommand({ FunctionName }))
      .catch((error: unknown) => {
        if (Error.isError(error) && error.name === 'ResourceNotFoundException') {
          return { ReservedConcurrentExecutions: undefined };
        }
        throw error;
      });
    if (ReservedConcurrentExecutions !== undefined) {
      reserved.set(FunctionName, ReservedConcurrentExecutions);
    }
  }
  return reserved;
}
