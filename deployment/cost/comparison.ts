import { type Bill, monthly, sum } from './amounts.ts';
import { monthlyFloor, perMillion, type Way } from './bill.ts';
import { prices } from './prices.ts';
import { productionStage } from './workload.ts';

/** Compares both systems in US dollars of the first month, without the Kafka cluster, which is the same for both. */

/** Two instances and a load balancer. The predecessor has no database and no receiver. */
export function predecessor(): Bill {
  return {
    'two instances': 2 * monthly(prices.instance.usd),
    'load balancer, one unit': monthly(prices.balancer.usd + prices.balancerCapacity.usd),
    'its addresses in three zones': 3 * monthly(prices.address.usd),
  };
}

/** Assumes responses and Kafka traffic of the same size as Orderly's. */
export function predecessorMonth(millions: number): number {
  const traffic = perMillion('single');
  return sum(predecessor()) + millions * (traffic['answers to the internet'] + traffic['data between zones']);
}

export function orderlyMonth(millions: number, way: Way): number {
  const { Kafka, ...others } = monthlyFloor(productionStage, 'provisioned');
  return sum(others) + millions * sum(perMillion(way));
}

/** The part for PostgreSQL, which a predecessor with such a database would pay too. */
export function postgresMonth(millions: number): number {
  const order = perMillion('single');
  return (
    monthlyFloor(productionStage, 'provisioned').PostgreSQL +
    millions *
      (order['PostgreSQL, capacity'] + order['PostgreSQL, I/O'] + order['PostgreSQL, stored for a month'])
  );
}
