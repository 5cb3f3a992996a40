import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { assertUpdatable, readStack } from '../stack/cloudformation.ts';
import { handedOn, isTestStage, mergeParameters, previousParameters } from '../stack/parameters.ts';
import { readStageFile } from '../stack/service-file.ts';
import { application, infrastructure, stackName } from '../stack/services.ts';
import { assertParameters } from './parameters.ts';
import { type StageToCheck, warnOfSilentAlarms } from './stage.ts';

/** Changing one of these would replace the network, Kafka or the database. */
const permanent = ['availabilityZones', 'kafka', 'kafkaPrefix', 'test', 'vpcCidr'];

/** CloudFormation cannot delete a protected database when the deployment that created it fails. */
const unprotected = ['isProtected', 'false'] as const;

export interface PlannedInfrastructure {
  /** The parameters of each deployment, in order: a second deployment protects a new database once it exists. */
  readonly deployments: readonly ReadonlyMap<string, string>[];
  /** The parameters of the last of these deployments. */
  readonly next: ReadonlyMap<string, string>;
  /** The parameters of the previous deployment; undefined if there was none. */
  readonly previous: ReadonlyMap<string, string> | undefined;
  /** The parameters of the application, as far as they are known. */
  readonly application: ReadonlyMap<string, string>;
  /** True if the infrastructure has no stack yet. */
  readonly isNew: boolean;
}

/**
 * Returns the parameters of the infrastructure: those of the command line override its service file, which overrides
 * the previous deployment. Checks first that the stage will then have every parameter it needs.
 * @throws OrderlyError if it will not, or if the infrastructure cannot be deployed with these parameters.
 */
export async function checkInfrastructure(
  { target, given }: Pick<StageToCheck, 'target' | 'given'>,
  output: Output,
): Promise<PlannedInfrastructure> {
  const { stage, region } = target;
  const name = stackName(infrastructure, target);
  const stack = await readStack(name, region);
  assertUpdatable(name, stack, region);
  const inFile = await readStageFile(application, stage);
  const parameters = mergeParameters({ outputs: handedOn(stack?.outputs ?? new Map()), inFile, given });
  await assertParameters({ stage, parameters, awaitsInfrastructure: true });
  warnOfSilentAlarms(parameters, output);
  const previous = previousParameters(stack?.outputs ?? new Map());
  const next = new Map([...previous, ...(await readStageFile(infrastructure, stage)), ...given]);
  if (stack === undefined) {
    assertZones(region, next.get('availabilityZones')); // existing infrastructure cannot change its zones
  }
  // Previous parameters leave out empty values. A stack without any parameter is incomplete.
  const changed = permanent.filter(
    (parameter) => previous.size > 0 && (previous.get(parameter) ?? '') !== (next.get(parameter) ?? ''),
  );
  if (changed.length > 0) {
    throw new OrderlyError(
      'deployment',
      changed
        .map(
          (parameter) =>
            `${parameter} is ${previous.get(parameter) ?? 'not set'} for the life of the stage "${stage}" and cannot become ${next.get(parameter)}: that would replace its network, Kafka or database. Deploy another stage with it.`,
        )
        .join('\n'),
    );
  }
  next.set('isProtected', given.get('isProtected') ?? 'true');
  const isThere = stack?.outputs.has('kafkaClusterArn') ?? false;
  return {
    deployments: isThere || isTestStage(next) ? [next] : [new Map([...next, unprotected]), next],
    next,
    previous: isThere ? previous : undefined,
    application: parameters,
    isNew: stack === undefined,
  };
}

/**
 * MSK has no brokers in the zone use1-az3, and RDS Proxy ignores a subnet there. Its name differs by account.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-msk-cluster-brokernodegroupinfo.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html
 */
const REGION_WITH_UNSUPPORTED_ZONE = 'us-east-1';

/** @throws OrderlyError if AWS would choose the zones in a region with an unsupported zone. */
export function assertZones(region: string, availabilityZones: string | undefined): void {
  if (region === REGION_WITH_UNSUPPORTED_ZONE && !availabilityZones) {
    throw new OrderlyError(
      'deployment',
      `In ${region} set the parameter availabilityZones, without the zone whose id is use1-az3: MSK and RDS Proxy do not support it. aws ec2 describe-availability-zones --region ${region} --query 'AvailabilityZones[].[ZoneName,ZoneId]' lists them.`,
    );
  }
}
