import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Output } from '../local/output.ts';
import type { Target } from './options.ts';
import { orWarn } from './refusal.ts';
import { ownerOf } from './stack.ts';

/**
 * Log groups that RDS makes by itself under the names of the stage. It writes the cluster's anew while the cluster is being
 * deleted, after the stack has deleted it (https://github.com/hashicorp/terraform-provider-aws/issues/42858).
 */
const logGroupsOfRds = (stage: string): readonly string[] => [
  `/aws/rds/cluster/orderly-${stage}/postgresql`,
  `/aws/rds/proxy/orderly-${stage}`,
];

/**
 * Deletes the log groups that RDS has made by itself: the next deployment of the stage would fail at a name that is taken,
 * and they are kept for ever. One that a stack owns stays. An infrastructure of before a group was in its template has one
 * too, and so loses the log of until then.
 */
export async function deleteLeftLogGroups({ stage, region }: Target, output: Output): Promise<void> {
  const client = new CloudWatchLogsClient({ region });
  for (const logGroupName of logGroupsOfRds(stage)) {
    await orWarn(`The log group ${logGroupName}, if RDS has made it, cannot be deleted`, output, async () => {
      if ((await ownerOf(logGroupName, region)) !== undefined) {
        return;
      }
      try {
        await client.send(new DeleteLogGroupCommand({ logGroupName }));
        output.step(`Deleted the log group ${logGroupName}, which RDS had made by itself`);
      } catch (error) {
        if (!Error.isError(error) || error.name !== 'ResourceNotFoundException') {
          throw error;
        }
      }
    });
  }
}
