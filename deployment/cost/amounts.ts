import { inputs } from './inputs.ts';
import { HOURS_PER_MONTH, prices } from './prices.ts';
import { CORES_PER_ACU, FUNCTION_GB, productionStage } from './workload.ts';

export const MILLION = 1e6;
const GB = 1e9;

/** US dollars by line. */
export type Bill = Readonly<Record<string, number>>;

export const sum = (bill: Bill): number => Object.values(bill).reduce((total, usd) => total + usd, 0);

export const monthly = (usdPerHour: number): number => usdPerHour * HOURS_PER_MONTH;

export const httpRequests = (count: number): number => (count / MILLION) * prices.httpApi.usd;

/** Invocations of this duration, including the average share of cold starts. */
export const invocations = (count: number, ms: number): number =>
  (count / MILLION) * prices.lambdaRequests.usd +
  compute(count * (ms + inputs.coldShare.value * inputs.coldMs.value));

export const compute = (ms: number): number => (ms / 1000) * FUNCTION_GB * prices.lambdaDuration.usd;

export const logsOf = (count: number): number => gigabytes(count * inputs.logBytes.value, prices.logs.usd);

export const gigabytes = (bytes: number, usdPerGb: number): number => (bytes / GB) * usdPerGb;

/** The standby has the capacity of the writer, so that it can take over. */
export const databaseCpu = (coreMs: number): number =>
  (coreMs / 3_600_000 / CORES_PER_ACU) * prices.capacity.usd * productionStage.databases;

export const databaseRequests = (count: number): number => (count / MILLION) * prices.databaseRequests.usd;
