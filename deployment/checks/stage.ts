import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Target } from '../options.ts';
import { assertUpdatable, readStack, readStackResources } from '../stack/cloudformation.ts';
import { existingMappings, mappingsIn } from '../stack/event-source-mappings.ts';
import { borrowOutputs, handedOn, isTestStage, mergeParameters } from '../stack/parameters.ts';
import { readStageFile } from '../stack/service-file.ts';
import { application, infrastructure, setup, stackName } from '../stack/services.ts';
import { isVariable } from '../stack/stage-settings.ts';
import { assertClusterActive, type KafkaAuth, readBrokers } from './cluster.ts';
import { assertParameters } from './parameters.ts';
import { orWarn } from './rejected-request.ts';

export interface StageToCheck {
  readonly target: Target;
  /** Parameters of the command line (`--param`). */
  readonly given: ReadonlyMap<string, string>;
  /** The stage whose infrastructure this one shares; undefined if it has its own, or if parameters name the servers. */
  readonly infrastructureOf: string | undefined;
}

/**
 * Checks parameters, stacks and cluster before a deployment.
 * @returns the parameters of the stage, including the brokers.
 * @throws OrderlyError if one of them does not allow the deployment.
 */
export async function checkStage(
  { target, given, infrastructureOf }: StageToCheck,
  output: Output,
): Promise<ReadonlyMap<string, string>> {
  const { stage, region } = target;
  await assertStacksUpdatable(target);
  await warnOfPartialRemoval(target, output);
  const outputs = await readOutputs(target, infrastructureOf ?? stage);
  const parameters = mergeParameters({
    outputs,
    inFile: await readStageFile(application, stage),
    given,
  });
  await assertParameters({ stage, parameters, awaitsInfrastructure: false });
  warnOfSilentAlarms(parameters, output);
  warnOfPorts(parameters, outputs, output);
  const arn = parameters.get('kafkaClusterArn');
  if (arn === undefined || isVariable(arn)) {
    return parameters;
  }
  if (arn.split(':')[3] !== region) {
    throw new OrderlyError(
      'deployment',
      `The cluster ${arn} is not in ${region}: set its region with --region.`,
    );
  }
  await orWarn('Cannot check the cluster', output, () => assertClusterActive(arn, region));
  if (parameters.has('kafkaBrokers')) {
    return parameters;
  }
  const brokers = await readBrokers(arn, kafkaAuthOf(parameters), region);
  output.step(`Brokers: ${brokers}`);
  return new Map([...parameters, ['kafkaBrokers', brokers]]);
}

/** @throws OrderlyError if the stack of the setup or of the application cannot be updated in its state. */
export async function assertStacksUpdatable(target: Target): Promise<void> {
  for (const service of [setup, application]) {
    const name = stackName(service, target);
    assertUpdatable(name, await readStack(name, target.region), target.region);
  }
}

/**
 * A removal deletes mappings before the stacks. CloudFormation does not notice that, and does not create them again.
 */
async function warnOfPartialRemoval(target: Target, output: Output): Promise<void> {
  const name = stackName(application, target);
  await orWarn('Cannot check whether the stage is complete', output, async () => {
    const uuids =
      (await readStack(name, target.region)) === undefined
        ? []
        : mappingsIn(await readStackResources(name, target.region));
    const existing = await existingMappings(uuids, new LambdaClient({ region: target.region }));
    if (existing.length < uuids.length) {
      output.warn(
        `Event source mappings of the stack ${name} are missing, and a deployment does not create them again. If a removal was started, finish it first: npm run remove -- --stage ${target.stage}`,
      );
    }
  });
}

/** Returns the outputs of the infrastructure that the stage uses; none if the stage has no own infrastructure. */
async function readOutputs({ stage, region }: Target, owner: string): Promise<ReadonlyMap<string, string>> {
  const name = stackName(infrastructure, { stage: owner, region });
  const stack = await readStack(name, region);
  if (owner === stage) {
    return handedOn(stack?.outputs ?? new Map());
  }
  if (stack === undefined) {
    throw new OrderlyError(
      'deployment',
      `There is no stack ${name} in ${region}: --infrastructure-of names a stage that was deployed with --infrastructure.`,
    );
  }
  return borrowOutputs(handedOn(stack.outputs), stage);
}

/** A test stage needs no notifications. */
export function warnOfSilentAlarms(parameters: ReadonlyMap<string, string>, output: Output): void {
  if (!isTestStage(parameters) && !parameters.has('alarmTopicArn')) {
    output.warn(
      'alarmTopicArn is missing: the alarms of the stage send no notifications (docs/operations.md)',
    );
  }
}

/** The security group of the functions, which the infrastructure creates, allows outgoing traffic to this port only. */
const HTTPS_PORT = '443';

function warnOfPorts(
  parameters: ReadonlyMap<string, string>,
  outputs: ReadonlyMap<string, string>,
  output: Output,
): void {
  const group = outputs.get('vpcSecurityGroupIds');
  if (group === undefined || parameters.get('vpcSecurityGroupIds') !== group) {
    return;
  }
  for (const name of ['fulfilmentUrl', 'schemaRegistryUrl', 'authJwksUrl', 'otlpEndpoint']) {
    const url = URL.parse(parameters.get(name) ?? '');
    if (url !== null && (url.port || (url.protocol === 'https:' ? HTTPS_PORT : '80')) !== HTTPS_PORT) {
      output.warn(
        `${name} is ${url.href}, but the security group ${group} of the infrastructure allows outgoing traffic to port ${HTTPS_PORT} only`,
      );
    }
  }
}

function kafkaAuthOf(parameters: ReadonlyMap<string, string>): KafkaAuth {
  const auth = parameters.get('kafkaAuth') ?? 'iam';
  if (auth !== 'iam' && auth !== 'none') {
    throw new OrderlyError('deployment', `kafkaAuth is "${auth}", but must be iam or none.`);
  }
  return auth;
}
