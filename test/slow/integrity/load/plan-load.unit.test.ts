import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { compressions } from './compression.ts';
import { oddHeaders } from './odd-headers.ts';
import { planLoad } from './plan-load.ts';
import type {
  LoadPlan,
  OrderCommand,
  PlannedCommand,
  PlannedRequest,
  PoisonCommand,
} from './planned-load.ts';
import { contentOf } from './planned-load.ts';
import { poisonKinds } from './poison.ts';

const ORDERS = 10_000;
const plan = planLoad(createRandom(7), { orders: ORDERS });

const commandsOf = (request: PlannedRequest): readonly PlannedCommand[] => request.commands;

const all = (of: LoadPlan = plan): PlannedCommand[] => [...of.commands.values()];

const ordersOf = (kind: 'create' | 'repeat' | 'conflict'): OrderCommand[] =>
  all().flatMap((command) => (command.kind === kind ? [command] : []));

const poisonOf = (of: LoadPlan): PoisonCommand[] =>
  all(of).flatMap((command) => (command.kind === 'poison' ? [command] : []));

/** Returns the share of orders that use a route. */
const shareBy = (route: string): number =>
  plan.requests
    .filter((request) => request.route === route)
    .flatMap(commandsOf)
    .filter(({ kind }) => kind === 'create').length / ORDERS;

test('the same seed plans the same load, another seed another one', () => {
  const again = planLoad(createRandom(7), { orders: ORDERS });
  const other = planLoad(createRandom(8), { orders: ORDERS });

  expect(again).toEqual(plan);
  expect(other.requests).not.toEqual(plan.requests);
});

test('every order is created once, by all three routes', () => {
  const created = ordersOf('create').map(({ order }) => order.order_id);

  expect(new Set(created).size).toBe(ORDERS);
  expect(created).toHaveLength(ORDERS);
  expect(shareBy('single')).toBeGreaterThan(0.25);
  expect(shareBy('bulk')).toBeGreaterThan(0.25);
  expect(shareBy('plain')).toBeGreaterThan(0.1);
});

test('every command is in the plan under its own id, in exactly one request', () => {
  const sent = plan.requests.flatMap(commandsOf);

  expect(sent).toHaveLength(plan.commands.size);
  expect(sent.every((command) => plan.commands.get(command.id) === command)).toBe(true);
});

test('one percent is poison of all kinds, each by the plain producer under its own key', () => {
  const poison = poisonOf(plan);
  const others = plan.requests.filter(({ route }) => route !== 'plain').flatMap(commandsOf);

  expect(poison).toHaveLength(100);
  expect(new Set(poison.map((command) => command.poison))).toEqual(new Set(poisonKinds));
  expect(new Set(poison.map(({ key }) => key)).size).toBe(100);
  expect(others.some(({ kind }) => kind === 'poison')).toBe(false);
});

test('one percent is cancelled, each after its order', () => {
  const placeOf = new Map(
    plan.requests.flatMap((request, place) => commandsOf(request).map(({ id }) => [id, place] as const)),
  );
  const place = (id: string): number => placeOf.get(id) ?? Number.NaN;

  const cancels = all().flatMap((command) => (command.kind === 'cancel' ? [command] : []));

  expect(cancels).toHaveLength(100);
  expect(cancels.every(({ id, orderId }) => place(id) > place(orderId))).toBe(true);
});

test('one percent of the ids repeat, half with the same content, half with one or two others', () => {
  const repeats = ordersOf('repeat').map(({ order }) => order.order_id);
  const conflicts = Map.groupBy(ordersOf('conflict'), ({ order }) => order.order_id);
  const contents = [...conflicts].map(([id, same]) => {
    const first = ordersOf('create').filter((command) => command.id === id);
    return new Set([...first, ...same].map(({ order }) => contentOf(order))).size;
  });

  expect(new Set(repeats).size).toBe(50);
  expect(conflicts.size).toBe(50);
  expect(new Set(contents)).toEqual(new Set([2, 3]));
});

test.each([1, 2, 3])(
  'under seed %d even the smallest load has an order id with two other contents',
  (seed) => {
    const small = planLoad(createRandom(seed), { orders: 200 });

    expect([...small.commands.keys()].filter((id) => id.endsWith('/conflict-2'))).not.toEqual([]);
  },
);

test('some single and some bulk requests have an Idempotency-Key, each a different one', () => {
  const keys = plan.requests.flatMap((request) =>
    'idempotencyKey' in request ? (request.idempotencyKey ?? []) : [],
  );

  expect(keys.length).toBeGreaterThan(500);
  expect(new Set(keys).size).toBe(keys.length);
});

test('a small load also has every kind of poison', () => {
  const small = planLoad(createRandom(1), { orders: 1_200 });

  expect(new Set(poisonOf(small).map(({ poison }) => poison))).toEqual(new Set(poisonKinds));
});

test.each([1, 2, 3])(
  'under seed %d even a small load has every kind of odd headers and compression',
  (seed) => {
    const small = planLoad(createRandom(seed), { orders: 1_200 });
    const plain = small.requests.flatMap((request) => (request.route === 'plain' ? [request] : []));
    const used = plain.flatMap(({ commands }) =>
      commands.flatMap((command) => ('headers' in command ? [command.headers] : [])),
    );

    expect(new Set(used)).toEqual(new Set(Object.keys(oddHeaders)));
    expect(new Set(plain.map(({ compression }) => compression))).toEqual(new Set(compressions));
  },
);

test('a cancel that shares its event id stands in one request with its order, directly before it or behind it', () => {
  const places = plan.requests.flatMap((request) =>
    request.route === 'plain'
      ? request.commands.flatMap((command, at) =>
          command.kind === 'plain cancel'
            ? [request.commands.findIndex(({ id }) => id === command.orderId) - at]
            : [],
        )
      : [],
  );

  expect(new Set(places)).toEqual(new Set([1, -1, -2]));
});
