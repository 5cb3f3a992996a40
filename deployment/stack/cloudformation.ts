import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type Stack as Description,
  GetTemplateCommand,
  paginateDescribeStacks,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

export interface Stack {
  /** CloudFormation's status: `UPDATE_COMPLETE`, … */
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
  /** True if CloudFormation rejects its deletion. */
  readonly isProtected: boolean;
}

/** Returns a stack and its outputs; undefined if no stack has this name. */
export async function readStack(name: string, region: string): Promise<Stack | undefined> {
  const client = new CloudFormationClient({ region });
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks;
    return stack && toStack(stack);
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Returns the stacks of the region with this prefix, by name. */
export async function findStacks(prefix: string, region: string): Promise<ReadonlyMap<string, Stack>> {
  const found = new Map<string, Stack>();
  for await (const { Stacks = [] } of paginateDescribeStacks(
    { client: new CloudFormationClient({ region }) },
    {},
  )) {
    for (const stack of Stacks) {
      if (stack.StackName?.startsWith(prefix)) {
        found.set(stack.StackName, toStack(stack));
      }
    }
  }
  return found;
}

export interface StackResource {
  readonly logicalId: string;
  /** As in a template: `AWS::Lambda::Function`, … */
  readonly type: string;
  /** The physical id: the name of a function, the UUID of a mapping, … */
  readonly physicalId: string;
}

/** Returns the existing resources of a stack. */
export async function readStackResources(name: string, region: string): Promise<readonly StackResource[]> {
  const found: StackResource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: new CloudFormationClient({ region }) },
    { StackName: name },
  )) {
    for (const {
      LogicalResourceId,
      ResourceType,
      PhysicalResourceId,
      ResourceStatus,
    } of StackResourceSummaries) {
      if (LogicalResourceId && ResourceType && PhysicalResourceId && ResourceStatus !== 'DELETE_COMPLETE') {
        found.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
      }
    }
  }
  return found;
}

/** Returns the template that a stack was deployed with, as text. */
export async function readTemplateText(name: string, region: string): Promise<string> {
  const { TemplateBody = '' } = await new CloudFormationClient({ region }).send(
    new GetTemplateCommand({ StackName: name }),
  );
  return TemplateBody;
}

/** Returns the name of the stack that owns a resource; undefined if none does. */
export async function ownerOf(physicalId: string, region: string): Promise<string | undefined> {
  const client = new CloudFormationClient({ region });
  try {
    const { StackResources = [] } = await client.send(
      new DescribeStackResourcesCommand({ PhysicalResourceId: physicalId }),
    );
    return StackResources[0]?.StackName;
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

/** CloudFormation has no separate error type for this. */
const isMissing = (error: unknown): boolean =>
  Error.isError(error) && error.message.includes('does not exist');

const toStack = ({ StackStatus, Outputs = [], EnableTerminationProtection }: Description): Stack => ({
  status: StackStatus ?? 'unknown',
  outputs: new Map(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
  isProtected: EnableTerminationProtection === true,
});

/** @throws OrderlyError with a remedy, if CloudFormation accepts no update in the state of the stack. */
export function assertUpdatable(name: string, stack: Stack | undefined, region: string): void {
  const status = stack?.status ?? '';
  const remedy = remedies.find(({ states }) => states.test(status));
  if (remedy !== undefined) {
    throw new OrderlyError('deployment', `The stack ${name} is ${status}. ${remedy.text(name, region)}`);
  }
}

const PROTECTED = ' ("Removing" in docs/deployment.md explains what to do with protected resources)';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html */
const remedies: readonly { states: RegExp; text: (name: string, region: string) => string }[] = [
  {
    states: /^UPDATE_ROLLBACK_FAILED$/,
    text: (name, region) =>
      `Its rollback failed. Fix the cause that its events name, then: aws cloudformation continue-update-rollback --stack-name ${name} --region ${region}`,
  },
  {
    states: /^(REVIEW_IN_PROGRESS|ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED)$/,
    text: (name, region) =>
      `It was never complete and can only be deleted: aws cloudformation delete-stack --stack-name ${name} --region ${region}${PROTECTED}`,
  },
  {
    states: /^DELETE_FAILED$/,
    text: (name, region) =>
      `Some resources could not be deleted. Remove those that its events name, then: aws cloudformation delete-stack --stack-name ${name} --region ${region}${PROTECTED}`,
  },
  {
    states: /_IN_PROGRESS$/,
    text: () => 'Another operation is in progress: wait until it has finished.',
  },
];
