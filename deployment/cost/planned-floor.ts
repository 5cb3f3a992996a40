import { isTestStage } from '../stack/parameters.ts';
import { sum } from './amounts.ts';
import { monthlyFloor } from './bill.ts';
import { HOURS_PER_MONTH } from './prices.ts';
import { productionStage, type Stage, testStage } from './workload.ts';

/** Returns the infrastructure that a deployment creates with these parameters. A missing parameter has its default. */
export function plannedStage(parameters: ReadonlyMap<string, string>): Stage {
  const isTest = isTestStage(parameters);
  const standard = isTest ? testStage : productionStage;
  const number = (name: string, otherwise: number): number => Number(parameters.get(name) ?? otherwise);
  return {
    ...standard,
    brokerGb: number('kafkaStorageGb', standard.brokerGb),
    natGateways: parameters.get('natGateways') === 'one' ? 1 : standard.natGateways,
    minimumAcu: isTest ? standard.minimumAcu : number('databaseMinimumCapacity', standard.minimumAcu),
  };
}

/** Returns US dollars a month before the first order. Counts brokers of every size as the smallest, whose price is known. */
export const plannedFloor = (parameters: ReadonlyMap<string, string>): number =>
  sum(
    monthlyFloor(
      plannedStage(parameters),
      parameters.get('kafka') === 'serverless' ? 'serverless' : 'provisioned',
    ),
  );

/** Formats an amount a month: "$39 a day, $1,174 a month". */
export function perDayAndMonth(usdPerMonth: number): string {
  const [day, month] = [(usdPerMonth / HOURS_PER_MONTH) * 24, usdPerMonth].map((usd) =>
    Math.round(usd).toLocaleString('en'),
  );
  return `$${day} a day, $${month} a month`;
}
