import { topics } from '../../lib/kafka/topics/topics.ts';
import {
  databaseCpu,
  databaseRequests,
  gigabytes,
  httpRequests,
  invocations,
  logsOf,
  MILLION,
  monthly,
  sum,
} from './amounts.ts';
import { inputs } from './inputs.ts';
import { prices } from './prices.ts';
import { ALARMS, METRICS, type Stage } from './workload.ts';

/** Below it RDS Proxy is billed as if the database had so many. */
const PROXY_MINIMUM_ACU = 8;
/** Of two parties in three zones. */
const IN_ANOTHER_ZONE = 2 / 3;

export type Way = 'single' | 'bulk';

type FloorLine =
  | 'Kafka'
  | 'PostgreSQL'
  | 'RDS Proxy'
  | 'NAT gateways'
  | 'KMS key'
  | 'alarms, metrics, dashboard';

type OrderLine =
  | 'API Gateway'
  | 'Lambda, accepting'
  | 'Lambda, processing'
  | 'logs'
  | 'answers to the internet'
  | 'NAT gateway, data'
  | 'data between zones'
  | 'PostgreSQL, capacity'
  | 'PostgreSQL, I/O'
  | 'PostgreSQL, stored for a month';

/** US dollars a month for a stage to which nobody sends anything. */
export function monthlyFloor(
  stage: Stage,
  kafka: 'provisioned' | 'serverless',
): Readonly<Record<FloorLine, number>> {
  const partitions = Object.values(topics).reduce((total, topic) => total + topic.partitions, 0);
  return {
    Kafka:
      kafka === 'serverless'
        ? monthly(prices.serverlessCluster.usd + partitions * prices.serverlessPartition.usd)
        : stage.brokers * (monthly(prices.broker.usd) + stage.brokerGb * prices.brokerStorage.usd),
    PostgreSQL: stage.databases * monthly(stage.minimumAcu * prices.capacity.usd),
    'RDS Proxy': monthly(PROXY_MINIMUM_ACU * prices.proxy.usd),
    'NAT gateways': stage.natGateways * monthly(prices.nat.usd + prices.address.usd),
    'KMS key': prices.key.usd,
    'alarms, metrics, dashboard':
      (ALARMS + stage.alarmMetrics) * prices.alarm.usd + METRICS * prices.metric.usd + prices.dashboard.usd,
  };
}

/** US dollars for a million orders beyond the floor, as far as their first month. */
export function perMillion(way: Way): Readonly<Record<OrderLine, number>> {
  const isBulk = way === 'bulk';
  const requests = isBulk ? MILLION / 1000 : MILLION;
  const batches = MILLION / (isBulk ? inputs.bulkBatch.value : inputs.singleBatch.value);
  return {
    'API Gateway': httpRequests(requests),
    'Lambda, accepting': invocations(requests, isBulk ? inputs.bulkMs.value : inputs.createMs.value),
    'Lambda, processing': invocations(
      batches,
      isBulk ? inputs.bulkBatchMs.value : inputs.singleBatchMs.value,
    ),
    logs: logsOf(requests + batches),
    'answers to the internet': gigabytes(
      MILLION * (isBulk ? inputs.bulkAnswerBytes.value : inputs.answerBytes.value),
      prices.egress.usd,
    ),
    'NAT gateway, data': gigabytes(MILLION * inputs.payloadBytes.value, prices.natData.usd),
    // written and read once, and either side pays for its end
    'data between zones': gigabytes(
      MILLION * inputs.recordBytes.value * 2 * IN_ANOTHER_ZONE * 2,
      prices.zones.usd,
    ),
    'PostgreSQL, capacity': databaseCpu(MILLION * inputs.databaseCpuMs.value),
    'PostgreSQL, I/O': databaseRequests(MILLION * inputs.databaseRequests.value),
    'PostgreSQL, stored for a month': storedForAMonth(),
  };
}

/** A million orders, in each month in which they are kept. */
export const storedForAMonth = (): number =>
  gigabytes(MILLION * inputs.rowBytes.value, prices.databaseStorage.usd);

/** The month of that number, if so many millions have come in each since the first. */
export function monthOf(number: number, floor: number, millions: number, way: Way): number {
  return floor + millions * (sum(perMillion(way)) + (number - 1) * storedForAMonth());
}
