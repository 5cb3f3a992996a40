import { type Resource, readStageName, type Variables } from '../../deployment/stack/framework.ts';
import {
  type InfrastructureSettings,
  infrastructureSettings,
  parseInfrastructure,
} from '../../deployment/stack/stage-settings.ts';

/** The settings of a stage's resources, derived from its parameters. */
export interface Stage {
  readonly name: string;
  readonly settings: InfrastructureSettings;
  /** True if the database and the stack reject their deletion. */
  readonly isProtected: boolean;
  /** The number of availability zones. */
  readonly zones: number;
  /**
   * Returns the policies for data when the stack is removed, or when a change replaces its resource. A failed
   * deployment deletes what it has just created.
   */
  keep(policy: 'Retain' | 'Snapshot'): Pick<Resource, 'DeletionPolicy' | 'UpdateReplacePolicy'>;
}

/** @throws Error that lists every parameter with a wrong value. */
export async function readStage(variables: Variables): Promise<Stage> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(infrastructureSettings.shape)) {
    values[name] = await variables.resolveVariable(`param:${name}`);
  }
  const settings = parseInfrastructure(values);
  return {
    name: await readStageName(variables),
    settings,
    isProtected: !settings.test && settings.isProtected,
    zones: settings.test ? 2 : 3,
    keep: (policy) =>
      settings.test
        ? { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }
        : {
            DeletionPolicy: policy === 'Retain' ? 'RetainExceptOnCreate' : policy,
            UpdateReplacePolicy: policy,
          },
  };
}

export const isProtected = async (variables: Variables): Promise<boolean> =>
  (await readStage(variables)).isProtected;

/** References to the private subnets. */
export const privateSubnets = ({ zones }: Stage): { readonly Ref: string }[] =>
  Array.from({ length: zones }, (_, index) => ({ Ref: `PrivateSubnet${index + 1}` }));

/**
 * Returns the names of the log groups, as texts for Fn::Sub. The key allows CloudWatch to use it for these only. The
 * policy of the key cannot refer to the groups, because the groups refer to the key.
 */
export const logGroups = ({
  name,
}: Pick<Stage, 'name'>): Readonly<Record<'kafka' | 'flow' | 'database' | 'proxy', string>> => ({
  // AWS delivers these logs itself. Names of this form need no line in the log policy of the account, whose length is limited:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
  kafka: '/aws/vendedlogs/${AWS::StackName}/kafka',
  flow: '/orderly/${AWS::StackName}/flow',
  // RDS defines these names, and creates missing log groups without a retention
  database: `/aws/rds/cluster/orderly-${name}/postgresql`,
  proxy: `/aws/rds/proxy/orderly-${name}`,
});
