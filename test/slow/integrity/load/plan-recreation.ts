import type { LoadOrder } from '../../../../ops/load/load-orders.ts';
import type { OrderCommand, PlannedRequest, Recreation } from './planned-load.ts';

/** Few, so that committed offsets are low and the recreated topic soon exceeds them. */
const BEFORE = 60;
const THROUGH = 120;
const AFTER = 600;
const PLAIN_RECORDS = 30;

export const planRecreation = (): Recreation => ({
  before: inPlainRequests(ordersNamed('before', BEFORE)),
  through: ordersNamed('through', THROUGH).map(alone),
  after: [
    ...inPlainRequests(ordersNamed('after-by-kafka', AFTER / 2)),
    ...ordersNamed('after-by-api', AFTER / 2).map(alone),
  ],
});

const alone = (command: OrderCommand): PlannedRequest => ({
  route: 'single',
  commands: [command],
  idempotencyKey: null,
});

function inPlainRequests(commands: readonly OrderCommand[]): PlannedRequest[] {
  return Array.from({ length: commands.length / PLAIN_RECORDS }, (_, index) => ({
    route: 'plain',
    commands: commands.slice(index * PLAIN_RECORDS, (index + 1) * PLAIN_RECORDS),
    compression: 'none',
  }));
}

const ordersNamed = (name: string, count: number): OrderCommand[] =>
  Array.from({ length: count }, (_, index) => {
    const order = anOrder(`anew-${name}-${String(index).padStart(4, '0')}`, index);
    return { id: order.order_id, kind: 'create', order };
  });

const anOrder = (order_id: string, index: number): LoadOrder => ({
  order_id,
  customer_id: `customer-${index}`,
  product_id: 'anew',
  quantity: (index % 9) + 1,
  price: 19.99,
  created_at: new Date(Date.UTC(2026, 10, 1) + index).toISOString(),
});
