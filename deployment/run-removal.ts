import { OrderlyError } from '../lib/errors.ts';
import type { Output } from '../local/output.ts';
import { readAccount } from './account.ts';
import type { Target } from './options.ts';
import type { RunServerless } from './serverless.ts';
import { application, infrastructure, preparation, type Service, stackName } from './services.ts';
import { findStacks, readStack, type Stack } from './stack.ts';

export interface Removal {
  readonly target: Target;
  /** Kafka and the database too, with all orders. */
  readonly withInfrastructure: boolean;
  /** Whether it was confirmed on the command line; that is heard for a test stage only. */
  readonly isConfirmed: boolean;
  /** Asks a person, and gives what was typed; undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

export interface RemovalTools {
  readonly output: Output;
  readonly serverless: RunServerless;
}

/**
 * Removes a stage: what uses something before what is used. A second time is safe: what is gone is passed over.
 * @throws OrderlyError when a stack cannot be removed, or the infrastructure's removal is not confirmed.
 */
export async function runRemoval(removal: Removal, { output, serverless }: RemovalTools): Promise<void> {
  const { target, withInfrastructure } = removal;
  const account = await readAccount(target.region);
  output.step(`Stage ${target.stage}, account ${account.id}, region ${target.region}, as ${account.arn}`);
  const below = withInfrastructure
    ? await readStack(stackName(infrastructure, target), target.region)
    : undefined;
  if (below !== undefined) {
    await assertUnused(below, target);
    await confirm(below, removal);
  }
  const services = [application, preparation, ...(withInfrastructure ? [infrastructure] : [])];
  for (const service of services) {
    await removeOne(service, target, { output, serverless });
  }
  output.step('Removed');
  output.print(whatIsLeft(withInfrastructure));
}

async function removeOne(
  service: Service,
  target: Target,
  { output, serverless }: RemovalTools,
): Promise<void> {
  const name = stackName(service, target);
  if ((await readStack(name, target.region)) === undefined) {
    output.step(`There is no stack ${name}`);
    return;
  }
  output.step(`Remove ${service.label}, the stack ${name}`);
  await serverless('remove', service, target, []).catch((cause: unknown) => {
    throw new OrderlyError(
      'deployment',
      `The stack ${name} was not removed. ${Error.isError(cause) ? cause.message : cause}\nMend the cause and give the same command again: what is gone is passed over.`,
      { cause },
    );
  });
}

/** Another stage may have been deployed with --infrastructure-of this one, or with its servers as parameters. */
async function assertUnused(below: Stack, target: Target): Promise<void> {
  const others = [
    ...(await findStacks(stackName(preparation, { ...target, stage: '' }), target.region)),
  ].filter(([name, other]) => name !== stackName(preparation, target) && shareServers(other, below));
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

async function confirm({ outputs }: Stack, { target: { stage }, isConfirmed, ask }: Removal): Promise<void> {
  if (isConfirmed && outputs.get('test') === 'true') {
    return;
  }
  const typed = await ask?.(
    `This deletes Kafka and the database of the stage ${stage}, with every order. Type the stage's name to go on: `,
  );
  if (typed?.trim() !== stage) {
    throw new OrderlyError(
      'deployment',
      typed === undefined
        ? 'Nothing was removed: there is no terminal to confirm on. For a stage that was deployed with --param test=true, --yes confirms.'
        : `Nothing was removed: "${typed.trim()}" is not the stage's name.`,
    );
  }
}

function whatIsLeft(withInfrastructure: boolean): string {
  return withInfrastructure
    ? '\n  Left: what the infrastructure keeps on purpose outside test stages (a last snapshot of the database, and the key that reads it).\n'
    : "\n  Left: every order in the database, every record in Kafka, and the consumer groups' places, which Kafka forgets after seven days.\n";
}
