import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { validateTopic } from '../../lib/kafka/topics/validate-topic.ts';
import type { Target } from '../options.ts';
import { readStack } from '../stack/cloudformation.ts';
import { type PackagedFunction, packageDirectory, readPackagedFunctions } from '../stack/package.ts';
import { isTestStage } from '../stack/parameters.ts';
import { application, setup, stackName } from '../stack/services.ts';
import { readTopic } from './cluster.ts';
import { checkConcurrency } from './quotas.ts';
import { orWarn } from './rejected-request.ts';

export interface PackageToVerify {
  readonly target: Target;
  readonly parameters: ReadonlyMap<string, string>;
  /** True if the stage moves to other servers on purpose. */
  readonly movesServers: boolean;
}

/**
 * Checks that the package can be deployed: the stage keeps its servers, its existing topics have safe settings, and the
 * account has room for the reserved concurrency.
 * @throws OrderlyError if it cannot.
 */
export async function verifyPackage(
  { target, parameters, movesServers }: PackageToVerify,
  output: Output,
): Promise<void> {
  const clusterArn = parameters.get('kafkaClusterArn');
  const [setupFunction] = await readPackagedFunctions(packageDirectory(setup, target));
  const functions = await readPackagedFunctions(packageDirectory(application, target));
  const stage = { target, clusterArn, setupFunction, application: functions[0] };
  assertOneDatabase(stage);
  if (!movesServers) {
    await assertSameServers(stage);
  }
  if (clusterArn !== undefined) {
    const prefix = String(setupFunction?.environment.KAFKA_PREFIX ?? '');
    await verifyTopics({ clusterArn, prefix, target, isTest: isTestStage(parameters) }, output);
  }
  const wanted = new Map(
    functions.flatMap(({ name, reserved }) => (reserved === undefined ? [] : [[name, reserved]])),
  );
  await checkConcurrency(wanted, target.region, output);
}

/** Checks the existing topics from outside the VPC, if permissions and cluster allow it. createTopics checks all of them later. */
async function verifyTopics(
  {
    clusterArn,
    prefix,
    target,
    isTest,
  }: { clusterArn: string; prefix: string; target: Target; isTest: boolean },
  output: Output,
): Promise<void> {
  const faults: string[] = [];
  await orWarn('Cannot check the topics; createTopics checks them from inside the VPC', output, async () => {
    for (const [name, wanted] of Object.entries(topics)) {
      const facts = await readTopic(clusterArn, `${prefix}${name}`, target.region);
      faults.push(...(facts === undefined ? [] : validateTopic(facts, wanted, { isTest }).faults));
    }
  });
  if (faults.length > 0) {
    throw new OrderlyError('deployment', faults.join('\n'));
  }
}

interface PackagedStage {
  readonly target: Target;
  readonly clusterArn: string | undefined;
  /** One function of each package: all functions of a package have the same servers. */
  readonly setupFunction: PackagedFunction | undefined;
  readonly application: PackagedFunction | undefined;
}

/** Both packages must name the same database. Otherwise another database would get the migrations and the privileges. */
function assertOneDatabase({ setupFunction, application }: PackagedStage): void {
  const [migrated, used] = [setupFunction, application].map((fn) =>
    databaseName(fn?.environment.DATABASE_URL),
  );
  if (migrated !== undefined && used !== undefined && migrated !== used) {
    throw new OrderlyError(
      'deployment',
      `migrationDatabaseUrl names the database "${migrated}", and databaseUrl "${used}": both must name the same one.`,
    );
  }
}

/**
 * Checks that the stage keeps its topics, its cluster and its database. With others it would abandon accepted orders.
 * @throws OrderlyError if it does not.
 */
async function assertSameServers({ target, clusterArn, setupFunction }: PackagedStage): Promise<void> {
  const { outputs = new Map<string, string>() } =
    (await readStack(stackName(setup, target), target.region)) ?? {};
  const now: Readonly<Record<string, string | undefined>> = {
    ordersTopic: `${setupFunction?.environment.KAFKA_PREFIX ?? ''}orders`,
    kafkaClusterArn: clusterArn,
    migrationDatabaseUrl: textOf(setupFunction?.environment.DATABASE_URL),
  };
  const moved = Object.entries(now).filter(
    ([name, value]) => outputs.has(name) && value !== undefined && outputs.get(name) !== value,
  );
  if (moved.length > 0) {
    throw new OrderlyError(
      'deployment',
      [
        `The stage "${target.stage}" would move to other servers and abandon the orders that it has accepted:`,
        ...moved.map(([name, value]) => `  ${name} was ${outputs.get(name)} and would be ${value}`),
        'Give the parameters of the last deployment (kafkaPrefix, kafkaClusterArn, migrationDatabaseUrl), preferably under params in the service files. If the move is intended, add --new-servers.',
      ].join('\n'),
    );
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const databaseName = (url: unknown): string | undefined => URL.parse(textOf(url) ?? '')?.pathname.slice(1);
