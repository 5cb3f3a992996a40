import { topics } from '../../lib/kafka/topics/topics.ts';
import {
  type Bill,
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
import { ALARMS, COMPOSITE_ALARMS, GAUGES, METRICS, OBJECTIVE_ALARMS, type Stage } from './workload.ts';

/** AWS bills RDS Proxy for at least this capacity. */
const PROXY_MINIMUM_ACU = 8;
/** The probability that client and broker are in different zones, of three. */
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

/** Returns US dollars a month for a stage without orders. */
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
    'alarms, metrics, dashboard': sum(monthlyMonitoring(stage)),
  };
}

/** Returns US dollars a month for the parts of the line of alarms, metrics and the dashboard. */
export function monthlyMonitoring(stage: Stage): Bill {
  return {
    gauges: GAUGES * prices.metric.usd,
    'other metrics, in hours with requests and orders': (METRICS - GAUGES) * prices.metric.usd,
    'alarms of the [service level objectives](operations.md#service-level-objectives)':
      OBJECTIVE_ALARMS * prices.alarm.usd + COMPOSITE_ALARMS * prices.compositeAlarm.usd,
    'other alarms of the application': (ALARMS - OBJECTIVE_ALARMS) * prices.alarm.usd,
    'alarms of `infrastructure/`': stage.alarmMetrics * prices.alarm.usd,
    dashboard: prices.dashboard.usd,
  };
}

/** Returns US dollars for a million orders in their first month, in addition to the floor. */
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
    // written once and read once; AWS charges both sides
    'data between zones': gigabytes(
      MILLION * inputs.recordBytes.value * 2 * IN_ANOTHER_ZONE * 2,
      prices.zones.usd,
    ),
    'PostgreSQL, capacity': databaseCpu(MILLION * inputs.databaseCpuMs.value),
    'PostgreSQL, I/O': databaseRequests(MILLION * inputs.databaseRequests.value),
    'PostgreSQL, stored for a month': storedForAMonth(),
  };
}

/** Returns US dollars a month for storing a million orders. */
export const storedForAMonth = (): number =>
  gigabytes(MILLION * inputs.rowBytes.value, prices.databaseStorage.usd);

/** Returns the cost of the nth month, with this many millions of orders in each month. */
export function monthOf(number: number, floor: number, millions: number, way: Way): number {
  return floor + millions * (sum(perMillion(way)) + (number - 1) * storedForAMonth());
}
