import { DescribeAddressesCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { unlessGone } from '../stack/event-source-mappings.ts';
import { orWarn } from './rejected-request.ts';

/**
 * Checks that Lambda's quota suffices for the reservations of the functions, given by name. Without permission, warns.
 * @throws OrderlyError if the quota is too low.
 */
export async function checkConcurrency(
  wanted: ReadonlyMap<string, number>,
  region: string,
  output: Output,
): Promise<void> {
  const client = new LambdaClient({ region });
  await orWarn("Lambda's quota of concurrent executions cannot be read", output, async () =>
    assertConcurrency(
      await readConcurrencyQuota(client),
      wanted,
      await readReserved([...wanted.keys()], client),
    ),
  );
}

/** The concurrent executions that an account has in a region. */
interface ConcurrencyQuota {
  readonly total: number;
  /** Not reserved by any function, including the functions of this stage. */
  readonly unreserved: number;
}

async function readConcurrencyQuota(client: LambdaClient): Promise<ConcurrencyQuota> {
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
  return {
    total: AccountLimit?.ConcurrentExecutions ?? 0,
    unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
  };
}

/** Returns the current reservations of these functions, by name. Leaves out functions that do not exist yet. */
async function readReserved(
  functionNames: readonly string[],
  client: LambdaClient,
): Promise<ReadonlyMap<string, number>> {
  const reserved = new Map<string, number>();
  for (const FunctionName of functionNames) {
    const answer = await unlessGone(client.send(new GetFunctionConcurrencyCommand({ FunctionName })));
    if (answer?.ReservedConcurrentExecutions !== undefined) {
      reserved.set(FunctionName, answer.ReservedConcurrentExecutions);
    }
  }
  return reserved;
}

/** Lambda keeps this many for functions without a reservation (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html). */
const KEPT_UNRESERVED = 100;

/**
 * Checks that the account has enough concurrent executions for the reservations of the functions.
 * @param wanted the reservations of the new release, by function
 * @param reserved the current reservations, by function
 * @throws OrderlyError if Lambda would reject them.
 */
export function assertConcurrency(
  { total, unreserved }: ConcurrencyQuota,
  wanted: ReadonlyMap<string, number>,
  reserved: ReadonlyMap<string, number>,
): void {
  const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);
  const sum = sumOf(wanted.values());
  const left = unreserved + sumOf(reserved.values()) - sum;
  if (left < KEPT_UNRESERVED) {
    throw new OrderlyError(
      'deployment',
      `The functions reserve ${sum} concurrent executions. The account has ${total}, of which ${left} would be left for functions without a reservation; Lambda requires ${KEPT_UNRESERVED}. Request a higher quota (Service Quotas, AWS Lambda, "Concurrent executions"; a new account may have 10), use a separate account, or reserve less (deployment/stack/functions.ts).`,
    );
  }
}

/** Resources of a stage with low default quotas. A stage needs far less of all others than their defaults. */
export interface NetworkNeed {
  readonly vpcs: number;
  /** One for each NAT gateway. */
  readonly addresses: number;
}

/**
 * Checks that the quotas of the account suffice for a network. Warns about a quota that it cannot read.
 * @throws OrderlyError that names every quota that is too low.
 */
export async function checkNetworkQuotas(need: NetworkNeed, region: string, output: Output): Promise<void> {
  const client = new EC2Client({ region });
  const quotas = [
    {
      name: 'VPCs per Region',
      of: { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' },
      need: need.vpcs,
      count: async () => {
        let count = 0;
        for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, {})) {
          count += Vpcs.length;
        }
        return count;
      },
    },
    {
      name: 'EC2-VPC Elastic IPs',
      of: { ServiceCode: 'ec2', QuotaCode: 'L-0263D0A3' },
      need: need.addresses,
      count: async () => (await client.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0,
    },
  ];
  const faults: string[] = [];
  for (const { name, of, need: needed, count } of quotas.filter((quota) => quota.need > 0)) {
    await orWarn(`The quota "${name}" cannot be read: the stage needs ${needed} more`, output, async () => {
      const { Quota } = await new ServiceQuotasClient({ region }).send(new GetServiceQuotaCommand(of));
      const allowed = Quota?.Value ?? 0;
      const used = await count();
      if (used + needed > allowed) {
        faults.push(
          `The stage needs ${needed} more of "${name}"; the account has ${used} of ${allowed} in ${region}. Release some, or request a higher quota: aws service-quotas request-service-quota-increase --service-code ${of.ServiceCode} --quota-code ${of.QuotaCode} --desired-value ${used + needed} --region ${region}`,
        );
      }
    });
  }
  if (faults.length > 0) {
    throw new OrderlyError('deployment', faults.join('\n'));
  }
}
