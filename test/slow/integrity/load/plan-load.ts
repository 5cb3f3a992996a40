import type { LoadOrder } from '../../../../ops/load/load-orders.ts';
import type { Random } from '../random.ts';
import { compressions } from './compression.ts';
import { plainCommands } from './plain-commands.ts';
import { planRecreation } from './plan-recreation.ts';
import type {
  CancelCommand,
  LoadPlan,
  OrderCommand,
  PlainCommand,
  PlannedCommand,
  PlannedRequest,
  PoisonCommand,
} from './planned-load.ts';
import { poisonKinds } from './poison.ts';

const POISON_SHARE = 0.01;
const CANCEL_SHARE = 0.01;
const REPEAT_SHARE = 0.01;
/** Every third conflict has a second conflict, so that every seed has a key with two dead letters. */
const SECOND_CONFLICT_EVERY = 3;
const IDEMPOTENCY_KEY_SHARE = 0.2;

/** Maximum distance in requests. Cancels arrive before or after the first call for their order, and repeats race. */
const DISTANCE = 100;

const BULK_ORDERS = 100;
const PLAIN_RECORDS = 30;
/** Gives about 40 % single orders, 40 % in bulk and 20 % from the plain producer. */
const BULK_CHANCE = 0.0186;
const PLAIN_CHANCE = 0.0307;

/** A request and its position in the plan. */
interface Placed {
  readonly place: number;
  readonly request: PlannedRequest;
}

/** Plans the requests of a run and their routes. Pure: the same `random` gives the same plan. */
export function planLoad(random: Random, { orders: count }: { readonly orders: number }): LoadPlan {
  const orders = Array.from({ length: count }, (_, index) => anOrder(index));
  const creates = planCreates(random, orders);
  const placeOf = new Map(
    creates.flatMap(({ place, request }) => request.commands.map(({ id }) => [id, place])),
  );
  const near = ({ order_id }: LoadOrder): number => (placeOf.get(order_id) ?? 0) + random.next() * DISTANCE;
  const some = (share: number): LoadOrder[] => random.shuffled(orders).slice(0, Math.round(count * share));

  const cancels = some(CANCEL_SHARE).map((order): Placed => {
    const command: CancelCommand = {
      id: `${order.order_id}/cancel`,
      kind: 'cancel',
      orderId: order.order_id,
    };
    const request: PlannedRequest = {
      route: 'cancel',
      commands: [command],
      idempotencyKey: aKey(random, command.id),
    };
    return { place: near(order), request };
  });
  const repeats = some(REPEAT_SHARE)
    .flatMap((order, index) => repeatsOf(order, index))
    .map((command): Placed => ({ place: near(command.order), request: alone(random, command) }));
  const poison = Array.from({ length: Math.round(count * POISON_SHARE) }, (_, index): Placed => {
    const key = `poison-${String(index).padStart(5, '0')}`;
    const command: PoisonCommand = { id: key, kind: 'poison', poison: kindOf(index), key };
    return { place: random.next() * creates.length, request: plain(random, [command]) };
  });

  const requests = [...creates, ...cancels, ...repeats, ...poison]
    .sort((a, b) => a.place - b.place)
    .map(({ request }) => request);
  const commands = requests.flatMap((request): readonly PlannedCommand[] => request.commands);
  return {
    requests,
    commands: new Map(commands.map((command) => [command.id, command])),
    recreation: planRecreation(),
  };
}

const kindOf = (index: number): PoisonCommand['poison'] =>
  poisonKinds[index % poisonKinds.length] ?? 'not JSON';

/** Plans every order once, by one of the three routes. */
function planCreates(random: Random, orders: readonly LoadOrder[]): Placed[] {
  const creates: Placed[] = [];
  for (let next = 0; next < orders.length; ) {
    const chance = random.next();
    const isBulk = chance < BULK_CHANCE;
    const isPlain = !isBulk && chance < BULK_CHANCE + PLAIN_CHANCE;
    const size = isBulk ? 2 + random.int(BULK_ORDERS - 1) : isPlain ? 1 + random.int(PLAIN_RECORDS) : 1;
    const commands = orders
      .slice(next, next + size)
      .map((order): OrderCommand => ({ id: order.order_id, kind: 'create', order }));
    const request: PlannedRequest = isPlain
      ? plain(random, plainCommands(random, commands))
      : { route: isBulk ? 'bulk' : 'single', commands, idempotencyKey: aKey(random, `create-${next}`) };
    creates.push({ place: creates.length, request });
    next += size;
  }
  return creates;
}

/** Repeats an order id with the same content, another content, or two others. */
function repeatsOf(order: LoadOrder, index: number): OrderCommand[] {
  if (index % 2 === 0) {
    return [{ id: `${order.order_id}/repeat`, kind: 'repeat', order }];
  }
  const conflicts = ((index - 1) / 2) % SECOND_CONFLICT_EVERY === 0 ? [1, 2] : [1];
  return conflicts.map((number) => ({
    id: `${order.order_id}/conflict-${number}`,
    kind: 'conflict',
    order: { ...order, quantity: order.quantity + number },
  }));
}

const alone = (random: Random, command: OrderCommand): PlannedRequest =>
  random.next() < 0.5
    ? plain(random, [command])
    : { route: 'single', commands: [command], idempotencyKey: aKey(random, command.id) };

const plain = (random: Random, commands: readonly PlainCommand[]): PlannedRequest => ({
  route: 'plain',
  commands,
  compression: random.pick(compressions),
});

const aKey = (random: Random, id: string): string | null =>
  random.next() < IDEMPOTENCY_KEY_SHARE ? `key-${id}` : null;

function anOrder(index: number): LoadOrder {
  return {
    order_id: `order-${String(index).padStart(6, '0')}`,
    customer_id: `customer-${index % 1_000}`,
    product_id: `Prödukt ${index % 17}`,
    quantity: (index % 9) + 1,
    price: (((index * 37) % 100_000) + 1) / 100,
    created_at: new Date(Date.UTC(2026, 10, 1) + index * 1_234).toISOString(),
  };
}
