/** A list price in US dollars for the region eu-west-1 (Ireland), without a free tier, discount or tax. */
export interface Price {
  readonly of: string;
  readonly usd: number;
  readonly per: string;
  /** The region of the price, or the basis of an estimate. */
  readonly known: string;
  /** The service code of AWS' price list, a page or a bill, with its date. */
  readonly source: string;
}

/**
 * Prices of machines, disks and requests that are known for both regions are 7 to 17 % higher in Ireland than in Virginia. A
 * price that is known only for Virginia is raised by the mean of that, and may be wrong by 10 %.
 */
export const IRELAND_OVER_VIRGINIA = 1.12;

const price = (known: string, of: string, usd: number, per: string, source: string): Price => ({
  of,
  usd,
  per,
  known,
  source,
});
const ireland = (of: string, usd: number, per: string, source: string): Price =>
  price('Ireland', of, usd, per, source);
const virginia = (of: string, usd: number, per: string, source: string): Price =>
  price(`estimate: Virginia ${usd}`, of, usd * IRELAND_OVER_VIRGINIA, per, source);
/** Unchanged: no source says that the price depends on the region. */
const alike = (of: string, usd: number, per: string, source: string): Price =>
  price('other regions, no difference', of, usd, per, source);

export const prices = {
  httpApi: ireland('API Gateway, HTTP API', 1.11, 'million requests', '`AmazonApiGateway`, 2026-09'),
  lambdaRequests: ireland('Lambda, invocations', 0.2, 'million', '`AWSLambda`, 2026-10'),
  lambdaDuration: ireland('Lambda on arm64', 0.0000133334, 'GB-second', '`AWSLambda`, 2026-10'),
  pollers: virginia('Lambda, event poller unit', 0.185, 'hour', 'Lambda pricing page, 2026'),
  logs: ireland('CloudWatch, logs written', 0.57, 'GB', '`AmazonCloudWatch`, 2026-09'),
  alarm: ireland('CloudWatch, alarm', 0.1, 'month', '`AmazonCloudWatch`, 2026-09'),
  compositeAlarm: alike('CloudWatch, composite alarm', 0.5, 'month', 'a pricing guide, 2026'),
  metric: alike('CloudWatch, custom metric', 0.3, 'month', '`AmazonCloudWatch`, London, 2026-09'),
  dashboard: alike('CloudWatch, dashboard', 3, 'month', 'CloudWatch pricing page, 2026'),
  broker: virginia('MSK, kafka.m7g.large', 0.204, 'hour', 'MSK pricing page, 2026'),
  brokerStorage: virginia('MSK, storage', 0.1, 'GB-month', '`AmazonMSK`, 2026'),
  serverlessCluster: virginia('MSK Serverless, cluster', 0.75, 'hour', 'MSK pricing page, undated'),
  serverlessPartition: virginia('MSK Serverless, partition', 0.0015, 'hour', 'MSK pricing page, undated'),
  serverlessIn: virginia('MSK Serverless, written', 0.1, 'GB', 'MSK pricing page, undated'),
  serverlessOut: virginia('MSK Serverless, read', 0.05, 'GB', 'MSK pricing page, undated'),
  capacity: ireland('Aurora Serverless v2', 0.14, 'ACU-hour', '`AmazonRDS`, 2026'),
  databaseStorage: virginia('Aurora, storage', 0.1, 'GB-month', '`AmazonRDS`, 2026; London 0.1, 2026-10'),
  databaseRequests: virginia(
    'Aurora, I/O',
    0.2,
    'million requests',
    '`AmazonRDS`, 2026; London 0.2, 2026-10',
  ),
  proxy: virginia(
    'RDS Proxy, at least 8 ACU',
    0.015,
    'ACU-hour',
    'RDS Proxy pricing page, 2026; London 0.018, 2026-10',
  ),
  nat: ireland('NAT gateway', 0.048, 'hour', '`AmazonEC2`, 2026-09'),
  natData: ireland('NAT gateway, data', 0.048, 'GB', '`AmazonEC2`, 2026-09'),
  address: ireland('public IPv4 address', 0.005, 'hour', 'a published bill, 2026-07'),
  endpoint: ireland('interface endpoint in one zone', 0.011, 'hour', 'a published bill, 2026'),
  zones: ireland('data to another zone, each way', 0.01, 'GB', '`AWSDataTransfer`, 2026-10'),
  egress: ireland('data to the internet', 0.09, 'GB', '`AWSDataTransfer`, 2026-10'),
  key: alike('KMS key', 1, 'month', '`awskms`, London, 2026-09'),
  instance: ireland('EC2, t4g.small', 0.0184, 'hour', 'a published bill, 2026-06'),
  balancer: ireland('Application Load Balancer', 0.0252, 'hour', 'a published bill, 2026-07'),
  balancerCapacity: ireland('Application Load Balancer, capacity unit', 0.008, 'hour', '`AWSELB`, 2026-09'),
} satisfies Record<string, Price>;

export const HOURS_PER_MONTH = 730;
