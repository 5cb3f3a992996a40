/** Regions of the partitions aws-cn, aws-us-gov, aws-iso and aws-eusc: principals, endpoints and services differ there. */
const OTHER_PARTITION = /^(cn|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc)-/;

/**
 * Returns the zones of the stage's subnets: those of the parameter availabilityZones, else the first ones of the region that
 * have a default subnet. Their order is not guaranteed:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
 * @returns what CloudFormation takes for the zone at a position.
 */
module.exports.readZones = async ({ resolveVariable, resolveConfigurationProperty }, count) => {
  const region = await resolveConfigurationProperty(['provider', 'region']);
  const given = await resolveVariable('param:availabilityZones');
  if (OTHER_PARTITION.test(region)) {
    throw new Error(
      `The infrastructure cannot be deployed in ${region}: it supports the partition aws only. Give your own Kafka and database as parameters.`,
    );
  }
  const zones = given === '' ? [] : given.split(',');
  const isRight = (zone) => zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
  if (given !== '' && (zones.length !== count || new Set(zones).size !== count || !zones.every(isRight))) {
    throw new Error(
      `The parameter availabilityZones is "${given}", but must name ${count} zones of ${region}, separated by commas, such as ${exampleOf(region, count)}.`,
    );
  }
  return (position) => zones[position] ?? { 'Fn::Select': [position, { 'Fn::GetAZs': '' }] };
};

const exampleOf = (region, count) =>
  ['a', 'b', 'c']
    .slice(0, count)
    .map((letter) => region + letter)
    .join();
