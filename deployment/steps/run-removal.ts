import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { readAccount } from '../checks/account.ts';
import { type Ask, confirm } from '../checks/confirm.ts';
import { orWarn } from '../checks/rejected-request.ts';
import type { Target } from '../options.ts';
import { assertUpdatable, findStacks, readStack, type Stack } from '../stack/cloudformation.ts';
import { isTestStage } from '../stack/parameters.ts';
import { application, infrastructure, type Service, setup, stackName } from '../stack/services.ts';
import { deleteLeftoverLogGroups } from './log-groups.ts';
import { releaseNetwork } from './release-network.ts';
import type { RunServerless } from './serverless.ts';

export interface Removal {
  readonly target: Target;
  /** True if Kafka and the database, with all orders, are removed too. */
  readonly withInfrastructure: boolean;
  /** True if the command line confirms it (`--yes`). Only a test stage accepts that. */
  readonly isConfirmed: boolean;
  readonly ask: Ask;
}

export interface RemovalTools {
  readonly output: Output;
  readonly serverless: RunServerless;
}

/** AWS deletes the interfaces within 20 minutes. */
const RELEASE_TIMEOUT_MS = 30 * 60_000;
const RELEASE_INTERVAL_MS = 10_000;

/** An existing stack. */
interface Found {
  readonly service: Service;
  readonly name: string;
  readonly stack: Stack;
}

/**
 * Removes a stage: each stack before the stacks that it uses. Repeating it is safe: it skips what is already removed.
 * @throws OrderlyError before anything is removed, if the removal is not confirmed or cannot be completed; or if a stack
 * cannot be removed.
 */
export async function runRemoval(removal: Removal, { output, serverless }: RemovalTools): Promise<void> {
  const { target, withInfrastructure } = removal;
  const account = await readAccount(target.region);
  output.step(`Stage ${target.stage}, account ${account.id}, region ${target.region}, as ${account.arn}`);
  const services = [application, setup, ...(withInfrastructure ? [infrastructure] : [])];
  const found: Found[] = [];
  for (const service of services) {
    const name = stackName(service, target);
    const stack = await readStack(name, target.region);
    if (stack === undefined) {
      output.step(`There is no stack ${name}`);
    } else {
      assertRemovable(name, stack, target.region);
      found.push({ service, name, stack });
    }
  }
  const lower = found.find(({ service }) => service === infrastructure)?.stack;
  if (lower !== undefined) {
    await assertUnused(lower, target);
  }
  if (found.length > 0) {
    await confirmRemoval(found, removal);
    await attempt('The network interfaces of Lambda were not released', () =>
      releaseInterfaces(found, target, output),
    );
  }
  for (const { service, name } of found) {
    output.step(`Remove ${service.label}, the stack ${name}`);
    await attempt(`The stack ${name} was not removed`, () => serverless('remove', service, target, []));
  }
  if (holdsOrders(found)) {
    await attempt('Log groups of the database were not deleted', () =>
      deleteLeftoverLogGroups(target, output),
    );
  }
  output.step('Removed');
  output.print(remaining(found));
}

function assertRemovable(name: string, stack: Stack, region: string): void {
  const { status, isProtected } = stack;
  if (status === 'REVIEW_IN_PROGRESS') {
    assertUpdatable(name, stack, region); // throws an error with the remedy: the stack stays in this state until a person acts
  }
  if (status.endsWith('_IN_PROGRESS')) {
    throw new OrderlyError(
      'deployment',
      `Nothing was removed: the stack ${name} is ${status}. Wait until that is done.`,
    );
  }
  if (isProtected) {
    throw new OrderlyError(
      'deployment',
      `Nothing was removed: the stack ${name} is protected, since it holds every order of the stage. "Removing" in docs/deployment.md says how to remove it.`,
    );
  }
}

async function releaseInterfaces(found: readonly Found[], { region }: Target, output: Output): Promise<void> {
  output.step('Stop processing, and wait until Lambda has deleted its network interfaces');
  await orWarn(
    'Cannot release the network interfaces of Lambda; those that remain may block the removal of the network',
    output,
    () =>
      releaseNetwork(
        {
          stacks: found.map(({ name }) => name),
          region,
          clusterArn: found.map(({ stack }) => clusterOf(stack)).find((arn) => arn?.startsWith('arn:')),
          timeoutMs: RELEASE_TIMEOUT_MS,
          intervalMs: RELEASE_INTERVAL_MS,
        },
        output,
      ),
  );
}

/** @throws OrderlyError that says what failed, why, and how to continue. */
async function attempt(failed: string, work: () => Promise<void>): Promise<void> {
  await work().catch((cause: unknown) => {
    throw new OrderlyError(
      'deployment',
      `${failed}. ${Error.isError(cause) ? cause.message : cause}\nFix the cause and repeat the command: it skips what is already removed.`,
      { cause },
    );
  });
}

/** Another stage may have been deployed with --infrastructure-of this one, or with its servers as parameters. */
async function assertUnused(lower: Stack, target: Target): Promise<void> {
  const others = [...(await findStacks(stackName(setup, { ...target, stage: '' }), target.region))].filter(
    ([name, other]) => name !== stackName(setup, target) && shareServers(other, lower),
  );
  if (others.length > 0) {
    throw new OrderlyError(
      'deployment',
      `Nothing was removed: Kafka or the database of the stage ${target.stage} is used by another stage (${others.map(([name]) => name).join(', ')}). Remove that one first.`,
    );
  }
}

const shareServers = (one: Stack, other: Stack): boolean =>
  [clusterOf, hostOf].some((server) => server(one) !== undefined && server(one) === server(other));

const clusterOf = ({ outputs }: Stack): string | undefined => outputs.get('kafkaClusterArn');

const hostOf = ({ outputs }: Stack): string | undefined =>
  URL.parse(outputs.get('migrationDatabaseUrl') ?? '')?.host;

const holdsOrders = (found: readonly Found[]): boolean =>
  found.some(({ service }) => service === infrastructure);

const isTest = (found: readonly Found[]): boolean => found.some(({ stack }) => isTestStage(stack.outputs));

async function confirmRemoval(
  found: readonly Found[],
  { target: { stage }, isConfirmed, ask }: Removal,
): Promise<void> {
  if (isConfirmed && isTest(found)) {
    return;
  }
  await confirm({
    text: holdsOrders(found)
      ? `This deletes Kafka and the database of the stage ${stage}, with every order.`
      : `This removes the API of the stage ${stage}, with its address, and its functions. Orders and records stay.`,
    stage,
    ask,
    otherwise: 'Nothing was removed',
    withoutTerminal: 'For a stage that was deployed with --param test=true, --yes confirms.',
  });
}

function remaining(found: readonly Found[]): string {
  if (!holdsOrders(found)) {
    return '\n  Left: every order in the database, every record in Kafka, and the offsets of the consumer groups, which Kafka deletes after seven days.\n';
  }
  return isTest(found)
    ? '\n  Nothing is left.\n'
    : '\n  Left: a last snapshot of the database, and the key that reads it.\n';
}
