import { DescribeAddressesCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { assertConcurrency } from './concurrency.ts';
import { readConcurrencyQuota, readReserved } from './read-concurrency.ts';
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
  await orWarn("Lambda's quota of concurrent executions cannot be read", output, async () =>
    assertConcurrency(
      await readConcurrencyQuota(region),
      wanted,
      await readReserved([...wanted.keys()], region),
    ),
  );
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
