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
  /** Whether the stage goes to other servers on purpose. */
  readonly movesServers: boolean;
}

/**
 * Whether what was packaged can be deployed: on the servers that the stage has, with topics that keep what they are given,
 * as far as they are there, and with room for what its functions reserve.
 * @throws OrderlyError when it cannot.
 */
export async function verifyPackage(
  { target, parameters, movesServers }: PackageToVerify,
  output: Output,
): Promise<void> {
  const clusterArn = parameters.get('kafkaClusterArn');
  const [prepared] = await readPackagedFunctions(packageDirectory(setup, target));
  const functions = await readPackagedFunctions(packageDirectory(application, target));
  const stage = { target, clusterArn, prepared, application: functions[0] };
  assertOneDatabase(stage);
  if (!movesServers) {
    await assertSameServers(stage);
  }
  if (clusterArn !== undefined) {
    const prefix = String(prepared?.environment.KAFKA_PREFIX ?? '');
    await verifyTopics({ clusterArn, prefix, target, isTest: isTestStage(parameters) }, output);
  }
  const wanted = new Map(
    functions.flatMap(({ name, reserved }) => (reserved === undefined ? [] : [[name, reserved]])),
  );
  await checkConcurrency(wanted, target.region, output);
}

/** A first look from outside, which not everybody may have and not every cluster gives; createTopics has the last. */
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
  /** One function of each package; all of a package have the same servers. */
  readonly prepared: PackagedFunction | undefined;
  readonly application: PackagedFunction | undefined;
}

/** Both packages must be about one database: migrations and rights would go to another one. */
function assertOneDatabase({ prepared, application }: PackagedStage): void {
  const [migrated, used] = [prepared, application].map((fn) => databaseName(fn?.environment.DATABASE_URL));
  if (migrated !== undefined && used !== undefined && migrated !== used) {
    throw new OrderlyError(
      'deployment',
      `migrationDatabaseUrl names the database "${migrated}", and databaseUrl "${used}": both must name the same one.`,
    );
  }
}

/**
 * Whether the stage keeps its topics, its cluster and its database: with others it would leave behind what it has accepted.
 * @throws OrderlyError when it does not.
 */
async function assertSameServers({ target, clusterArn, prepared }: PackagedStage): Promise<void> {
  const { outputs = new Map<string, string>() } =
    (await readStack(stackName(setup, target), target.region)) ?? {};
  const now: Readonly<Record<string, string | undefined>> = {
    ordersTopic: `${prepared?.environment.KAFKA_PREFIX ?? ''}orders`,
    kafkaClusterArn: clusterArn,
    migrationDatabaseUrl: textOf(prepared?.environment.DATABASE_URL),
  };
  const moved = Object.entries(now).filter(
    ([name, value]) => outputs.has(name) && value !== undefined && outputs.get(name) !== value,
  );
  if (moved.length > 0) {
    throw new OrderlyError(
      'deployment',
      [
        `The stage "${target.stage}" would go to other servers, and leave behind the orders that it has accepted:`,
        ...moved.map(([name, value]) => `  ${name} was ${outputs.get(name)}, and would be ${value}`),
        'Give the parameters of the last deployment (kafkaPrefix, kafkaClusterArn, migrationDatabaseUrl), best under params in the service files. If this is meant, add --new-servers.',
      ].join('\n'),
    );
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const databaseName = (url: unknown): string | undefined => URL.parse(textOf(url) ?? '')?.pathname.slice(1);
