import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/**
 * MSK has no brokers in the zone use1-az3, and RDS Proxy ignores a subnet there. Its name differs by account.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-msk-cluster-brokernodegroupinfo.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.html
 */
const REGION_WITH_A_ZONE_TO_AVOID = 'us-east-1';

/** @throws OrderlyError if AWS would choose the zones in a region where one of them does not work. */
export function assertZones(region: string, availabilityZones: string | undefined): void {
  if (region === REGION_WITH_A_ZONE_TO_AVOID && !availabilityZones) {
    throw new OrderlyError(
      'deployment',
      `In ${region} give the parameter availabilityZones: zones without the one whose id is use1-az3, where MSK and RDS Proxy do not run. aws ec2 describe-availability-zones --region ${region} --query 'AvailabilityZones[].[ZoneName,ZoneId]' lists them.`,
    );
  }
}
