import type { Variables } from '../../deployment/stack/framework.ts';
import type { Stage } from './stage.ts';

/** Regions of the partitions aws-cn, aws-us-gov, aws-iso and aws-eusc: principals, endpoints and services differ there. */
const OTHER_PARTITION = /^(cn|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc)-/;

/** An availability zone of the stage. */
export interface Zone {
  readonly index: number;
  /** A name or an intrinsic function. */
  readonly name: unknown;
}

/**
 * Returns the zones of the stage's subnets: those of the parameter availabilityZones, else the first ones of the region that
 * have a default subnet. Their order is not guaranteed:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
 * @returns a function that gives the name of the zone at a position.
 */
export async function readZones(
  { resolveConfigurationProperty }: Variables,
  { settings: { availabilityZones: given }, zones: count }: Stage,
): Promise<(position: number) => unknown> {
  const region = String(await resolveConfigurationProperty(['provider', 'region']));
  if (OTHER_PARTITION.test(region)) {
    throw new Error(
      `The infrastructure cannot be deployed in ${region}: it supports the partition aws only. Give your own Kafka and database as parameters.`,
    );
  }
  const zones = given === '' ? [] : given.split(',');
  const isRight = (zone: string): boolean =>
    zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
  if (given !== '' && (zones.length !== count || new Set(zones).size !== count || !zones.every(isRight))) {
    throw new Error(
      `The parameter availabilityZones is "${given}", but must name ${count} zones of ${region}, separated by commas, such as ${exampleOf(region, count)}.`,
    );
  }
  return (position) => zones[position] ?? { 'Fn::Select': [position, { 'Fn::GetAZs': '' }] };
}

const exampleOf = (region: string, count: number): string =>
  ['a', 'b', 'c']
    .slice(0, count)
    .map((letter) => region + letter)
    .join();
