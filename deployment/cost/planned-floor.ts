import { isTestStage } from '../parameters.ts';
import { sum } from './amounts.ts';
import { monthlyFloor } from './bill.ts';
import { HOURS_PER_MONTH } from './prices.ts';
import { productionStage, type Stage, testStage } from './workload.ts';

/** The infrastructure that a deployment makes of these parameters. A parameter that is missing has its default. */
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

/** US dollars a month before the first order. Brokers of every size count as the smallest, whose price is known. */
export const plannedFloor = (parameters: ReadonlyMap<string, string>): number =>
  sum(
    monthlyFloor(
      plannedStage(parameters),
      parameters.get('kafka') === 'serverless' ? 'serverless' : 'provisioned',
    ),
  );

/** An amount a month for people: "$38 a day, $1,171 a month". */
export function perDayAndMonth(usdPerMonth: number): string {
  const [day, month] = [(usdPerMonth / HOURS_PER_MONTH) * 24, usdPerMonth].map((usd) =>
    Math.round(usd).toLocaleString('en'),
  );
  return `$${day} a day, $${month} a month`;
}
