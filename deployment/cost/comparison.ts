import { type Bill, monthly, sum } from './amounts.ts';
import { monthlyFloor, perMillion, type Way } from './bill.ts';
import { prices } from './prices.ts';
import { productionStage } from './workload.ts';

/** Both systems beside the same cluster, which is left out. In US dollars a month, the first one. */

/** Two instances and a load balancer. It has no database, and calls nobody. */
export function predecessor(): Bill {
  return {
    'two instances': 2 * monthly(prices.instance.usd),
    'load balancer, one unit': monthly(prices.balancer.usd + prices.balancerCapacity.usd),
    'its addresses in three zones': 3 * monthly(prices.address.usd),
  };
}

/** With answers and traffic to Kafka as large as Orderly's. */
export function predecessorMonth(millions: number): number {
  const traffic = perMillion('single');
  return sum(predecessor()) + millions * (traffic['answers to the internet'] + traffic['data between zones']);
}

export function orderlyMonth(millions: number, way: Way): number {
  const { Kafka, ...others } = monthlyFloor(productionStage, 'provisioned');
  return sum(others) + millions * sum(perMillion(way));
}

/** The part of it that a predecessor with such a database would pay too. */
export function postgresMonth(millions: number): number {
  const order = perMillion('single');
  return (
    monthlyFloor(productionStage, 'provisioned').PostgreSQL +
    millions *
      (order['PostgreSQL, capacity'] + order['PostgreSQL, I/O'] + order['PostgreSQL, stored for a month'])
  );
}
