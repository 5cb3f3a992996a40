import { type Bill, sum } from './amounts.ts';
import { monthlyFloor, perMillion } from './bill.ts';
import { additions } from './extras.ts';
import { productionStage, testStage } from './workload.ts';

/** Savings of each lever, in US dollars a month, for a production stage with so many millions of orders. */
export function levers(millions: number): Bill {
  const floor = monthlyFloor(productionStage, 'provisioned');
  const saved = (cheaper: Bill): number => sum(floor) - sum(cheaper);
  const withStage = (changed: Partial<typeof productionStage>): Bill =>
    monthlyFloor({ ...productionStage, ...changed }, 'provisioned');
  const { 'each order is read with `?wait=`': waitedFor = 0 } = additions('single');
  return {
    'a further stage, on the infrastructure of another stage':
      sum(floor) - floor['alarms, metrics, dashboard'],
    'a further stage, with `test=true`': saved(monthlyFloor(testStage, 'provisioned')),
    'a database minimum of 0.5 units': saved(withStage({ minimumAcu: 0.5 })),
    'one NAT gateway for all zones': saved(withStage({ natGateways: 1 })),
    'a million orders a day, without `?wait=`': millions * waitedFor,
    'a million orders a day, in bulk': millions * (sum(perMillion('single')) - sum(perMillion('bulk'))),
  };
}
