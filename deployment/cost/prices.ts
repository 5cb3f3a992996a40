/** A list price in US dollars, for the region eu-west-1 (Ireland), without a free tier, discount or tax. */
export interface Price {
  readonly of: string;
  readonly usd: number;
  readonly per: string;
  /** Where the figure was read. */
  readonly from: 'Ireland' | 'Virginia';
}

/**
 * Of the prices that were found for both regions Ireland is 7 to 17 per cent dearer (NAT gateway 7, endpoint 10, HTTP API
 * 11, load balancer 12, logs 14, Aurora capacity 17): a price that was only found for Virginia is raised by as much.
 */
export const IRELAND_OVER_VIRGINIA = 1.12;

const ireland = (of: string, usd: number, per: string): Price => ({ of, usd, per, from: 'Ireland' });
const virginia = (of: string, usd: number, per: string): Price => ({
  of,
  usd: usd * IRELAND_OVER_VIRGINIA,
  per,
  from: 'Virginia',
});

/** Read in October and November 2026; docs/cost.md says where. */
export const prices = {
  httpApi: ireland('API Gateway, HTTP API', 1.11, 'million requests'),
  lambdaRequests: ireland('Lambda, invocations', 0.2, 'million'),
  lambdaDuration: ireland('Lambda on arm64', 0.0000133334, 'GB-second'),
  pollers: virginia('Lambda, event poller unit', 0.185, 'hour'),
  logs: ireland('CloudWatch, logs written', 0.57, 'GB'),
  alarm: ireland('CloudWatch, alarm', 0.1, 'month'),
  metric: ireland('CloudWatch, metric of its own', 0.3, 'month'),
  broker: virginia('MSK, kafka.m7g.large', 0.204, 'hour'),
  testBroker: virginia('MSK, kafka.t3.small', 0.0456, 'hour'),
  brokerStorage: virginia('MSK, storage', 0.1, 'GB-month'),
  serverlessCluster: virginia('MSK Serverless, cluster', 0.75, 'hour'),
  serverlessPartition: virginia('MSK Serverless, partition', 0.0015, 'hour'),
  serverlessIn: virginia('MSK Serverless, written', 0.1, 'GB'),
  serverlessOut: virginia('MSK Serverless, read', 0.05, 'GB'),
  capacity: ireland('Aurora Serverless v2', 0.14, 'ACU-hour'),
  databaseStorage: virginia('Aurora, storage', 0.1, 'GB-month'),
  databaseRequests: virginia('Aurora, I/O', 0.2, 'million requests'),
  proxy: virginia('RDS Proxy, at least 8 ACU', 0.015, 'ACU-hour'),
  nat: ireland('NAT gateway', 0.048, 'hour'),
  natData: ireland('NAT gateway, data', 0.048, 'GB'),
  address: ireland('public IPv4 address', 0.005, 'hour'),
  endpoint: ireland('interface endpoint in one zone', 0.011, 'hour'),
  zones: virginia('data to another zone, each way', 0.01, 'GB'),
  key: virginia('KMS key', 1, 'month'),
  instance: ireland('EC2, t4g.small', 0.0184, 'hour'),
  balancer: ireland('Application Load Balancer', 0.0252, 'hour'),
  balancerCapacity: virginia('Application Load Balancer, capacity unit', 0.008, 'hour'),
} satisfies Record<string, Price>;

export const HOURS_PER_MONTH = 730;
