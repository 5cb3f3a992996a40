import { CONCURRENT_CALLS } from '../../lib/fulfilment/limits.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import {
  type Bill,
  compute,
  databaseCpu,
  databaseRequests,
  gigabytes,
  httpRequests,
  invocations,
  logsOf,
  MILLION,
  monthly,
} from './amounts.ts';
import { storedForAMonth, type Way } from './bill.ts';
import { inputs } from './inputs.ts';
import { HOURS_PER_MONTH, prices } from './prices.ts';
import { DAYS_IN_KAFKA, DISKS_FULL_AT, productionStage } from './workload.ts';

/** `batchSize` of `fulfilOrders`. */
const FULFILMENT_BATCH = 500;
/** `retry-orders` runs every minute, and starts calls for this time. */
const RETRY_MS = 50_000;
/** Two indexes of orders are not in the order of time: by customer and by product. */
const SCATTERED_INDEXES = 2;

/** Usage that clients and receivers add to a million orders, each one separately. */
export function additions(way: Way): Bill {
  return {
    'each order is read once': reads(inputs.readMs.value),
    'each order is read with `?wait=`': reads(inputs.waitMs.value),
    'each order is delivered at once, with `ordersLatency=low`': lowLatency(way),
    'each order goes to a receiver': receiver(way === 'bulk' ? FULFILMENT_BATCH : inputs.singleBatch.value),
    'MSK Serverless, by the gigabyte': gigabytes(
      MILLION * inputs.recordBytes.value,
      prices.serverlessIn.usd + prices.serverlessOut.usd,
    ),
  };
}

const reads = (ms: number): number =>
  httpRequests(MILLION) +
  invocations(MILLION, ms) +
  logsOf(MILLION) +
  gigabytes(MILLION * inputs.answerBytes.value, prices.egress.usd);

/** The smaller batches, without the pollers: an order sent alone is alone in its batch, and a bulk has one for each partition. */
function lowLatency(way: Way): number {
  const { collected, collectedMs, immediate, immediateMs } = {
    single: {
      collected: MILLION / inputs.singleBatch.value,
      collectedMs: inputs.singleBatchMs.value,
      immediate: MILLION,
      immediateMs: inputs.aloneMs.value,
    },
    bulk: {
      collected: MILLION / inputs.bulkBatch.value,
      collectedMs: inputs.bulkBatchMs.value,
      immediate: (MILLION / inputs.bulkBatch.value) * topics.orders.partitions,
      immediateMs: inputs.bulkBatchMs.value / topics.orders.partitions,
    },
  }[way];
  return (
    invocations(immediate, immediateMs) -
    invocations(collected, collectedMs) +
    logsOf(immediate - collected) +
    databaseRequests((immediate - collected) * inputs.batchRequests.value)
  );
}

function receiver(batch: number): number {
  const batches = MILLION / batch;
  const rounds = Math.ceil(batch / CONCURRENT_CALLS);
  return (
    invocations(batches, rounds * inputs.receiverMs.value + inputs.fulfilMs.value) +
    logsOf(batches) +
    // the status events on their way to the function, and the calls
    gigabytes(MILLION * (inputs.payloadBytes.value + inputs.callBytes.value), prices.natData.usd) +
    gigabytes(MILLION * inputs.callOutBytes.value, prices.egress.usd) +
    databaseCpu(MILLION * inputs.receiverCpuMs.value) +
    databaseRequests(MILLION * inputs.receiverRequests.value)
  );
}

/** Monthly usage that only some stages have. */
export function monthlyExtras(): Bill {
  return {
    'an event poller unit for `processOrders`, also with `ordersLatency=low`': monthly(prices.pollers.usd),
    '`retryOrders`, if calls to a receiver are always due': compute(HOURS_PER_MONTH * 60 * RETRY_MS),
  };
}

/** Millions of orders a day of which one week fits on the disks of the floor's brokers without growth. */
export function millionsADayOnDisks(bytes: number): number {
  const orders = (productionStage.brokerGb * 1e9 * DISKS_FULL_AT) / bytes;
  return orders / DAYS_IN_KAFKA / MILLION;
}

/** Usage that grows with time and load. */
export function growth(): Bill {
  return {
    'each million stored orders, a month': storedForAMonth(),
    'per million orders, if the indexes exceed the memory': databaseRequests(MILLION * SCATTERED_INDEXES),
    'each additional capacity unit of the database, with its standby, a month':
      productionStage.databases * monthly(prices.capacity.usd),
    [`each million orders a day beyond ${Math.floor(millionsADayOnDisks(inputs.recordBytes.value))} million, on the disks of Kafka, a month`]:
      (gigabytes(MILLION * inputs.recordBytes.value, prices.brokerStorage.usd) *
        DAYS_IN_KAFKA *
        productionStage.brokers) /
      DISKS_FULL_AT,
  };
}
