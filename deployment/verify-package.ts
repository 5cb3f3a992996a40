import { OrderlyError } from '../lib/errors.ts';
import { judgeTopic } from '../lib/kafka/judge-topic.ts';
import { topics } from '../lib/kafka/topics.ts';
import type { Output } from '../local/output.ts';
import { isTestStage } from './check-stage.ts';
import { isRefusal, readTopic } from './cluster.ts';
import { assertConcurrency } from './concurrency.ts';
import type { Target } from './options.ts';
import { packageDirectory } from './package-services.ts';
import { readPackagedFunctions } from './packaged.ts';
import { readConcurrencyQuota, readReserved } from './read-concurrency.ts';
import { application, preparation } from './services.ts';

/**
 * Whether what was packaged can be deployed: its topics, as far as they are there, and room for what its functions reserve.
 * @throws OrderlyError when it cannot.
 */
export async function verifyPackage(
  target: Target,
  parameters: ReadonlyMap<string, string>,
  output: Output,
): Promise<void> {
  const arn = parameters.get('kafkaClusterArn');
  if (arn !== undefined) {
    await verifyTopics(arn, target, isTestStage(parameters), output);
  }
  const functions = await readPackagedFunctions(packageDirectory(application, target));
  const wanted = new Map(
    functions.flatMap(({ name, reserved }) => (reserved === undefined ? [] : [[name, reserved]])),
  );
  assertConcurrency(
    await readConcurrencyQuota(target.region),
    wanted,
    await readReserved([...wanted.keys()], target.region),
  );
}

/** A first look from outside, which not everybody may have and not every cluster gives; createTopics has the last. */
async function verifyTopics(arn: string, target: Target, isTest: boolean, output: Output): Promise<void> {
  const [prepared] = await readPackagedFunctions(packageDirectory(preparation, target));
  const prefix = prepared?.environment.KAFKA_PREFIX ?? '';
  const faults: string[] = [];
  try {
    for (const [name, wanted] of Object.entries(topics)) {
      const facts = await readTopic(arn, `${prefix}${name}`, target.region);
      faults.push(...(facts === undefined ? [] : judgeTopic(facts, wanted, { isTest }).faults));
    }
  } catch (error) {
    if (!isRefusal(error)) {
      throw error;
    }
    output.warn(`The topics cannot be looked at from here (${error.name}); createTopics will, from inside`);
  }
  if (faults.length > 0) {
    throw new OrderlyError('deployment', faults.join('\n'));
  }
}
