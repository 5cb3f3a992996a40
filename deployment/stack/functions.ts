import { orderFulfilment, orderProcessing, type TopicValues } from '../../lib/kafka/topics/topics.ts';
import type { Target } from '../options.ts';
import { application, stackName } from './services.ts';

type Topic = keyof TopicValues;
type ConsumerGroup = typeof orderProcessing | typeof orderFulfilment;

/** A permission of a function. `roles.ts` translates it into statements of a role. */
export type Grant =
  | { readonly to: 'log in to the database' }
  /** Reads the secret that signs the calls to the receiver. */
  | { readonly to: 'sign calls' }
  /** Sends spans to CloudWatch, if the stage sends them there. */
  | { readonly to: 'send spans' }
  | { readonly to: 'describe' | 'produce'; readonly topics: readonly Topic[] }
  /** `consume` reads records; `inspect` reads only offsets. */
  | { readonly to: 'consume' | 'inspect'; readonly consumer: ConsumerGroup };

interface FunctionSettings {
  /** The permissions of its role, in addition to its log and its network interfaces. */
  readonly grants: readonly Grant[];
  /** Reserved concurrency. */
  readonly reserved: number;
  /**
   * Only for functions behind the API: how long a warm function takes for a request. The throttling of its route follows
   * from it.
   */
  readonly requestMs?: number;
  /** Its sample events: files of `events/`, without `.json`. Tests invoke the function with the first one. */
  readonly events: readonly [string, ...string[]];
}

const database: Grant = { to: 'log in to the database' };
const sign: Grant = { to: 'sign calls' };
const trace: Grant = { to: 'send spans' };
const describe = (...topics: Topic[]): Grant => ({ to: 'describe', topics });
const produce = (...topics: Topic[]): Grant => ({ to: 'produce', topics });
const consume = (consumer: ConsumerGroup): Grant => ({ to: 'consume', consumer });
const inspect = (consumer: ConsumerGroup): Grant => ({ to: 'inspect', consumer });

/**
 * The functions of serverless.yml. Roles, reserved concurrency and throttling are derived from these lines. Tests compare
 * the grants with the code of each function, and the events with events/README.md.
 *
 * A mapping reads with as many pollers as its topic has partitions, so more executions than that are never used.
 * getOrder: a client that waits (`?wait=`) holds an execution for up to 20 s. With more waiting clients than `reserved`, API
 * Gateway answers 503. lib/waiting/wait-slots.ts limits the share of one principal.
 * metrics: only the operator's programs call it, a few times a minute.
 * notFound serves the slash form of every route.
 * reference: a page is three requests at once, so its burst is the double of a plain answer's.
 * relayOutbox produces to `orders` because redriven records go there.
 */
const table = {
  welcome: { grants: [trace], reserved: 10, requestMs: 50, events: ['welcome'] },
  health: { grants: [describe('orders'), database, trace], reserved: 10, requestMs: 100, events: ['health'] },
  metrics: {
    grants: [inspect(orderProcessing), inspect(orderFulfilment), database, trace],
    reserved: 5,
    requestMs: 500,
    events: ['metrics'],
  },
  contracts: { grants: [trace], reserved: 10, requestMs: 50, events: ['contracts'] },
  reference: { grants: [trace], reserved: 20, requestMs: 50, events: ['reference'] },
  createOrder: {
    grants: [produce('orders'), database, trace],
    reserved: 300,
    requestMs: 100,
    events: ['create-order-idempotent', 'create-order', 'create-order-invalid', 'create-order-key-twice'],
  },
  createOrdersBulk: {
    grants: [produce('orders'), database, trace],
    reserved: 50,
    requestMs: 500,
    events: ['create-orders-bulk'],
  },
  getOrder: { grants: [database, trace], reserved: 150, requestMs: 50, events: ['get-order'] },
  listOrders: { grants: [database, trace], reserved: 50, requestMs: 100, events: ['list-orders'] },
  orderHistory: { grants: [database, trace], reserved: 50, requestMs: 100, events: ['order-history'] },
  cancelOrder: {
    grants: [produce('orders'), database, trace],
    reserved: 50,
    requestMs: 100,
    events: ['cancel-order'],
  },
  notFound: {
    grants: [produce('orders'), database, trace],
    reserved: 50,
    requestMs: 100,
    events: ['not-found'],
  },
  processOrders: {
    grants: [consume(orderProcessing), produce('orders.status', 'orders.dlq'), database, trace],
    reserved: 6,
    events: ['orders-poison', 'orders-batch', 'orders-two-partitions', 'orders-tombstone', 'orders-headers'],
  },
  fulfilOrders: {
    grants: [consume(orderFulfilment), produce('orders.status', 'orders.dlq'), database, sign, trace],
    reserved: 6,
    events: ['status-processing'],
  },
  retryOrders: {
    grants: [produce('orders.status', 'orders.dlq'), database, sign, trace],
    reserved: 1,
    events: ['scheduled'],
  },
  relayOutbox: {
    grants: [produce('orders', 'orders.status', 'orders.dlq'), database, trace],
    reserved: 1,
    events: ['scheduled'],
  },
  prune: { grants: [database], reserved: 1, events: ['scheduled'] },
  publishGauges: {
    grants: [inspect(orderProcessing), inspect(orderFulfilment), database],
    reserved: 1,
    events: ['scheduled'],
  },
} as const satisfies Readonly<Record<string, FunctionSettings>>;

export const functions: Readonly<Record<keyof typeof table, FunctionSettings>> = table;

/** The minimum behind the API: a page sends several requests at once. */
const MINIMUM_BEHIND_API = 5;

/**
 * Returns the reserved concurrency of a function. A stage for tests reserves a tenth behind the API, so that it fits beside
 * a full stage into Lambda's default quota of 1,000.
 */
export const reservedConcurrency = ({ reserved, requestMs }: FunctionSettings, isTest: boolean): number =>
  isTest && requestMs !== undefined ? Math.max(MINIMUM_BEHIND_API, reserved / 10) : reserved;

/**
 * @returns the lines of the functions that a service file declares.
 * @throws Error that names the functions which only the table or only the service file has.
 */
export function settingsOf(declared: readonly string[]): Readonly<Record<string, FunctionSettings>> {
  const problems = [
    ...declared
      .filter((name) => !Object.hasOwn(functions, name))
      .map((name) => `The function ${name} has no line in deployment/stack/functions.ts.`),
    ...Object.keys(functions)
      .filter((name) => !declared.includes(name))
      .map((name) => `The function ${name} of deployment/stack/functions.ts is not in serverless.yml.`),
  ];
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  return functions;
}

/** Returns the reserved concurrency of the application's functions, by their names on AWS, before anything is packaged. */
export const plannedConcurrency = (target: Target, isTest: boolean): ReadonlyMap<string, number> =>
  new Map(
    Object.entries(functions).map(([name, settings]) => [
      `${stackName(application, target)}-${name}`,
      reservedConcurrency(settings, isTest),
    ]),
  );
