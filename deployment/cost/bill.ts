import { topics } from '../../lib/kafka/topics.ts';
import { HOURS_PER_MONTH, prices } from './prices.ts';
import {
  ALARMS,
  CORES_PER_ACU,
  FUNCTION_GB,
  inputs,
  METRICS,
  MONTHS_IN_KAFKA,
  productionStage,
  type Stage,
} from './workload.ts';

const MILLION = 1e6;
const GB = 1e9;
/** Below it RDS Proxy is billed as if the database had so many. */
const PROXY_MINIMUM_ACU = 8;
/** Of two parties in three zones. */
const IN_ANOTHER_ZONE = 2 / 3;

export type Bill = Readonly<Record<string, number>>;

export const sum = (bill: Bill): number => Object.values(bill).reduce((total, usd) => total + usd, 0);

const monthly = (usdPerHour: number): number => usdPerHour * HOURS_PER_MONTH;

/** US dollars a month for a stage to which nobody sends anything. */
export function monthlyFloor(stage: Stage, kafka: 'provisioned' | 'serverless' | 'test'): Bill {
  const partitions = Object.values(topics).reduce((total, topic) => total + topic.partitions, 0);
  const broker = kafka === 'test' ? prices.testBroker : prices.broker;
  return {
    Kafka:
      kafka === 'serverless'
        ? monthly(prices.serverlessCluster.usd + partitions * prices.serverlessPartition.usd)
        : stage.brokers * (monthly(broker.usd) + stage.brokerGb * prices.brokerStorage.usd),
    PostgreSQL: stage.databases * monthly(stage.minimumAcu * prices.capacity.usd),
    'RDS Proxy': monthly(PROXY_MINIMUM_ACU * prices.proxy.usd),
    'NAT gateways': stage.natGateways * monthly(prices.nat.usd + prices.address.usd),
    'alarms, metrics, the key': ALARMS * prices.alarm.usd + METRICS * prices.metric.usd + prices.key.usd,
  };
}

/** US dollars for a million orders beyond the floor, as far as their first month. */
export function perMillion(way: 'single' | 'bulk'): Bill {
  const isBulk = way === 'bulk';
  const requests = isBulk ? MILLION / 1000 : MILLION;
  const batches = MILLION / (isBulk ? inputs.bulkBatch.value : inputs.singleBatch.value);
  const writtenGb = (MILLION * inputs.recordBytes.value) / GB;
  return {
    'API Gateway': httpRequests(requests),
    'Lambda, accepting': invocations(requests, isBulk ? inputs.bulkMs.value : inputs.createMs.value),
    'Lambda, processing': invocations(
      batches,
      isBulk ? inputs.bulkBatchMs.value : inputs.singleBatchMs.value,
    ),
    logs: logs(requests + batches),
    'Kafka, a week on three brokers':
      writtenGb * productionStage.brokers * MONTHS_IN_KAFKA * prices.brokerStorage.usd,
    // written and read once, and either side pays for its end
    'data between zones': writtenGb * 2 * IN_ANOTHER_ZONE * 2 * prices.zones.usd,
    // the standby grows with the writer, so that it can take over
    'PostgreSQL, capacity':
      ((MILLION * inputs.databaseCpuMs.value) / 3_600_000 / CORES_PER_ACU) *
      prices.capacity.usd *
      productionStage.databases,
    'PostgreSQL, I/O': inputs.databaseRequests.value * prices.databaseRequests.usd,
    'PostgreSQL, stored for a month': ((MILLION * inputs.rowBytes.value) / GB) * prices.databaseStorage.usd,
  };
}

/** What clients and receivers add to a million orders, each by itself. */
export function additions(): Bill {
  const read = (ms: number): number => httpRequests(MILLION) + invocations(MILLION, ms) + logs(MILLION);
  const serverlessGb = (MILLION * inputs.recordBytes.value) / GB;
  return {
    'each order is read once': read(inputs.readMs.value),
    'each order is waited for, `?wait=`': read(inputs.waitMs.value),
    // a batch of 500 takes the 2 s that its calls are given
    'each order goes to a receiver':
      invocations(MILLION / 500, 2000) + natData(MILLION * inputs.callBytes.value),
    'MSK Serverless, by the gigabyte': serverlessGb * (prices.serverlessIn.usd + prices.serverlessOut.usd),
  };
}

/** The system before: two instances and a load balancer in front of the same cluster and database, without a proxy. */
export function predecessor(): Bill {
  return {
    'two instances': 2 * monthly(prices.instance.usd),
    'load balancer, one unit': monthly(prices.balancer.usd + prices.balancerCapacity.usd),
    'its addresses in three zones': 3 * monthly(prices.address.usd),
  };
}

/** What Orderly has that the system before has not: the proxy, and what a million single orders take of Lambda and API Gateway. */
export function ownCompute(): { readonly proxy: number; readonly perMillionSingle: number } {
  const single = perMillion('single');
  return {
    proxy: monthlyFloor(productionStage, 'provisioned')['RDS Proxy'] ?? 0,
    perMillionSingle: ['API Gateway', 'Lambda, accepting', 'Lambda, processing']
      .map((line) => single[line] ?? 0)
      .reduce((total, usd) => total + usd, 0),
  };
}

const httpRequests = (count: number): number => (count / MILLION) * prices.httpApi.usd;
const invocations = (count: number, ms: number): number =>
  (count / MILLION) * prices.lambdaRequests.usd +
  count * (ms / 1000) * FUNCTION_GB * prices.lambdaDuration.usd;
const logs = (lines: number): number => ((lines * inputs.logBytes.value) / GB) * prices.logs.usd;
const natData = (bytes: number): number => (bytes / GB) * prices.natData.usd;
