import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { validateTopic } from '../../lib/kafka/topics/validate-topic.ts';
import type { Target } from '../options.ts';
import { readPackagedFunctions } from '../stack/package.ts';
import { isTestStage } from '../stack/parameters.ts';
import { application, setup } from '../stack/services.ts';
import { packageDirectory } from '../steps/package-services.ts';
import { readTopic } from './cluster.ts';
import { checkConcurrency } from './quotas.ts';
import { orWarn } from './rejected-request.ts';
import { assertOneDatabase, assertSameServers } from './same-servers.ts';

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
