import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Output } from '../../cli/output.ts';
import { orWarn } from '../checks/rejected-request.ts';
import type { Target } from '../options.ts';
import { ownerOf } from '../stack/cloudformation.ts';

/**
 * Log groups that RDS creates itself under the names of the stage. It creates the cluster's log group again while the
 * cluster is being deleted, after the stack has deleted the log group (https://github.com/hashicorp/terraform-provider-aws/issues/42858).
 */
const logGroupsOfRds = (stage: string): readonly string[] => [
  `/aws/rds/cluster/orderly-${stage}/postgresql`,
  `/aws/rds/proxy/orderly-${stage}`,
];

/**
 * Deletes the log groups that RDS has left behind. They would never expire, and the next deployment of the stage would fail
 * because their names are taken. Keeps log groups that a stack owns. An infrastructure of an earlier release, whose template
 * does not have the group, loses its log.
 */
export async function deleteLeftoverLogGroups({ stage, region }: Target, output: Output): Promise<void> {
  const client = new CloudWatchLogsClient({ region });
  for (const logGroupName of logGroupsOfRds(stage)) {
    await orWarn(
      `The log group ${logGroupName}, which RDS may have left behind, cannot be deleted`,
      output,
      async () => {
        if ((await ownerOf(logGroupName, region)) !== undefined) {
          return;
        }
        try {
          await client.send(new DeleteLogGroupCommand({ logGroupName }));
          output.step(`Deleted the log group ${logGroupName}, which RDS had left behind`);
        } catch (error) {
          if (!Error.isError(error) || error.name !== 'ResourceNotFoundException') {
            throw error;
          }
        }
      },
    );
  }
}
