import { EC2Client, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import {
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  paginateListFunctions,
  paginateListVersionsByFunction,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Output } from '../../cli/output.ts';
import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { readSecurityGroups } from '../checks/cluster.ts';
import { readStackResources, readTemplateText } from '../stack/cloudformation.ts';
import { mappingsIn, unlessGone } from '../stack/event-source-mappings.ts';

export interface NetworkToRelease {
  /** Names of the stacks that will be removed, and their region. */
  readonly stacks: readonly string[];
  readonly region: string;
  /** The cluster that the mappings read from, if it is known. */
  readonly clusterArn: string | undefined;
  /** AWS needs up to 20 minutes. */
  readonly timeoutMs: number;
  readonly intervalMs: number;
}

/**
 * Deletes the stage's event source mappings, takes its functions out of the VPC, and waits until Lambda has deleted their
 * network interfaces. Lambda does that with the function's role. If a stack deletes the role first, the interface remains and
 * blocks the removal of its security group, subnet and network. Does not wait for security groups that others use too.
 * https://github.com/awslabs/aws-support-tools/pull/174
 * @throws OrderlyError that names the remaining resources after the timeout.
 */
export async function releaseNetwork(network: NetworkToRelease, output: Output): Promise<void> {
  const { stacks, region, clusterArn, timeoutMs, intervalMs } = network;
  const client = new LambdaClient({ region });
  const resources = (await Promise.all(stacks.map((name) => readStackResources(name, region)))).flat();
  const ofType = (type: string): string[] =>
    resources.filter((resource) => resource.type === type).map(({ physicalId }) => physicalId);
  const mappings = mappingsIn(resources);
  await deleteMappings(mappings, client);

  const { own, others } = await readFunctions(new Set(ofType('AWS::Lambda::Function')), client);
  const templates = await Promise.all(stacks.map((name) => readTemplateText(name, region)));
  const shared = others.flatMap((fn) => fn.groups);
  const groups = [
    ...(templates.join().match(/\bsg-[0-9a-f]+/g) ?? []), // includes the groups of functions that have already left the VPC
    ...ofType('AWS::EC2::SecurityGroup'),
    ...(await readMappingGroups(clusterArn, new Set(mappings), network)),
  ].filter((group, index, all) => all.indexOf(group) === index && !shared.includes(group));
  for (const { name } of own.filter((fn) => fn.groups.some((group) => groups.includes(group)))) {
    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: name,
        VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      }),
    );
  }
  for (const { name } of own) {
    await deleteVersions(name, groups, client);
  }

  let left: string[] = [];
  const isReleased = await pollUntil(
    async () => {
      const before = left.length;
      left = [...(await deleteMappings(mappings, client)), ...(await findInterfaces(groups, region))];
      if (left.length > 0 && left.length !== before) {
        output.step(
          `Wait until Lambda has deleted ${left.length} mappings and network interfaces (up to 20 minutes)`,
        );
      }
      return left.length === 0;
    },
    { intervalMs, timeoutMs },
  );
  if (!isReleased) {
    throw new OrderlyError(
      'deployment',
      `After ${timeoutMs / 60_000} minutes Lambda has not deleted ${left.join(', ')}. The stage no longer processes orders; its stacks still exist. To delete an unused interface: aws ec2 delete-network-interface --region ${region} --network-interface-id <id>`,
    );
  }
}

/** Deletes mappings. Returns those that still exist: Lambda needs minutes, and rejects the deletion while it changes one. */
async function deleteMappings(uuids: readonly string[], client: LambdaClient): Promise<string[]> {
  const left: string[] = [];
  for (const UUID of uuids) {
    const isLeft = await unlessGone(client.send(new DeleteEventSourceMappingCommand({ UUID }))).then(
      (mapping) => mapping !== undefined,
      (error: unknown) => {
        if (Error.isError(error) && error.name === 'ResourceInUseException') {
          return true;
        }
        throw error;
      },
    );
    if (isLeft) {
      left.push(UUID);
    }
  }
  return left;
}

/** Deletes the published versions in these groups: earlier releases published one with each deployment, and they stay in the VPC. */
async function deleteVersions(
  FunctionName: string,
  groups: readonly string[],
  client: LambdaClient,
): Promise<void> {
  for await (const { Versions = [] } of paginateListVersionsByFunction({ client }, { FunctionName })) {
    for (const { Version: Qualifier, VpcConfig } of Versions) {
      if (Qualifier !== '$LATEST' && VpcConfig?.SecurityGroupIds?.some((group) => groups.includes(group))) {
        await client.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));
      }
    }
  }
}

interface FunctionInVpc {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Returns the functions of the region that are in a VPC: those with these names, and the others. */
async function readFunctions(
  names: ReadonlySet<string>,
  client: LambdaClient,
): Promise<{ own: FunctionInVpc[]; others: FunctionInVpc[] }> {
  const found: FunctionInVpc[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    for (const { FunctionName: name = '', VpcConfig } of Functions) {
      found.push({ name, groups: VpcConfig?.SecurityGroupIds ?? [] });
    }
  }
  return {
    own: found.filter(({ name }) => names.has(name)),
    others: found.filter(({ name }) => !names.has(name)),
  };
}

/** A mapping's interfaces have the security groups of its cluster. They remain while another mapping reads from the cluster. */
async function readMappingGroups(
  clusterArn: string | undefined,
  own: ReadonlySet<string>,
  { region }: NetworkToRelease,
): Promise<readonly string[]> {
  if (clusterArn === undefined) {
    return [];
  }
  const client = new LambdaClient({ region });
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings(
    { client },
    { EventSourceArn: clusterArn },
  )) {
    if (EventSourceMappings.some(({ UUID = '' }) => !own.has(UUID))) {
      return [];
    }
  }
  return readSecurityGroups(clusterArn, region);
}

/** Returns Lambda's network interfaces in these security groups. Brokers and databases have interfaces in them too. */
async function findInterfaces(groups: readonly string[], region: string): Promise<string[]> {
  const found: string[] = [];
  if (groups.length === 0) {
    return found;
  }
  for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces(
    { client: new EC2Client({ region }) },
    { Filters: [{ Name: 'group-id', Values: [...groups] }] },
  )) {
    for (const { NetworkInterfaceId = '', InterfaceType, Description = '' } of NetworkInterfaces) {
      if (InterfaceType === 'lambda' || Description.startsWith('AWS Lambda VPC ENI')) {
        found.push(NetworkInterfaceId);
      }
    }
  }
  return found;
}
