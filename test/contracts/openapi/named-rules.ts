import * as z from 'zod';

/**
 * The rules that the OpenAPI document names in `x-rules`, written independently of the validators: each function returns whether a
 * value that is valid by the JSON Schema breaks the rule.
 */

/** The clock of the validators in these tests. Half of the generated times are later. */
export const now = (): number => Date.UTC(5_500, 0);
const DAY_MS = 86_400_000;

const orderSchema = z.looseObject({
  order_id: z.string().optional(),
  customer_id: z.string(),
  product_id: z.string(),
  quantity: z.number(),
  price: z.number(),
  total_amount: z.number().optional(),
  created_at: z.string().optional(),
});
type Order = z.infer<typeof orderSchema>;

/** Returns the milliseconds of a time, which counts second 60 as second 59 plus one. Further digits are cut off. */
function instant(text: string): number {
  const [, upToMinute = '', second = '', fraction = '', zone = ''] =
    /^(.{17})(\d\d)(?:\.(\d+))?(.*)$/.exec(text.toUpperCase()) ?? [];
  const isLeap = second === '60';
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  return Date.parse(`${upToMinute}${isLeap ? '59' : second}.${ms}${zone}`) + (isLeap ? 1_000 : 0);
}

const isUnstorable = (text: string): boolean => instant(text) < 0 || instant(text) >= Date.UTC(10_000, 0);
const isNoLeapSecond = (text: string): boolean =>
  text.slice(17, 19) === '60' && !/-01T00:00:00/.test(new Date(instant(text)).toISOString());

/** JSON has the shortest text of a number, so its decimals can be counted. */
const hasDecimals = (value: number, atMost: number): boolean =>
  (/^[\d.]+$/.test(String(value)) ? (String(value).split('.')[1]?.length ?? 0) : 9) <= atMost;

const cents = (value: number): bigint => BigInt(value.toFixed(2).replace('.', ''));
const totalCents = ({ quantity, price }: Order): bigint => BigInt(quantity) * cents(price);

const ofOrder: Readonly<Record<string, (order: Order) => boolean>> = {
  well_formed: ({ customer_id, product_id }) => !customer_id.isWellFormed() || !product_id.isWellFormed(),
  two_decimals: ({ price }) => !hasDecimals(price, 2),
  total_matches: (order) =>
    order.total_amount !== undefined &&
    !(hasDecimals(order.total_amount, 2) && cents(order.total_amount) === totalCents(order)),
  storable_total: (order) => totalCents(order) >= 10n ** 15n,
  storable_time: ({ created_at }) => created_at !== undefined && isUnstorable(created_at),
  leap_second: ({ created_at }) => created_at !== undefined && isNoLeapSecond(created_at),
  not_ahead: ({ created_at }) => created_at !== undefined && instant(created_at) > now() + DAY_MS,
};

const brokenBy = <Value>(
  rules: Readonly<Record<string, (value: Value) => boolean>>,
  value: Value,
): readonly string[] => Object.keys(rules).filter((id) => rules[id]?.(value));

export const orderRules = (body: unknown): readonly string[] => brokenBy(ofOrder, orderSchema.parse(body));

export function bulkRules(body: unknown): readonly string[] {
  const orders = z.array(orderSchema).parse(body);
  const ids = orders.flatMap(({ order_id }) => order_id ?? []);
  const isRepeated = new Set(ids).size < ids.length;
  return [
    ...orders.flatMap((order) => brokenBy(ofOrder, order)),
    ...(isRepeated ? ['unique_order_ids'] : []),
  ];
}

const querySchema = z.record(z.string(), z.unknown());
type Query = z.infer<typeof querySchema>;

const times = ({ created_from, created_to }: Query): string[] =>
  [created_from, created_to].filter((time) => typeof time === 'string');

const ofQuery: Readonly<Record<string, (query: Query) => boolean>> = {
  well_formed: ({ customer_id = '', product_id = '' }) => !`${customer_id} ${product_id}`.isWellFormed(),
  storable_time: (query) => times(query).some(isUnstorable),
  leap_second: (query) => times(query).some(isNoLeapSecond),
  from_before_to: (query) => {
    const [from, to] = times(query);
    return from !== undefined && to !== undefined && instant(from) >= instant(to);
  },
  own_cursor: ({ cursor }) => cursor !== undefined, // no list has returned a generated cursor
};

export const queryRules = (query: unknown): readonly string[] => brokenBy(ofQuery, querySchema.parse(query));

const isTrimmed = ['customer_id', 'product_id'];

/** The rule `trimmed`: the validators check the fields without the white space around them. */
export const trimmed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, field: unknown) =>
    isTrimmed.includes(key) && typeof field === 'string' ? field.trim() : field,
  );

export const ruleIds: readonly string[] = [
  ...new Set([...Object.keys(ofOrder), 'unique_order_ids', ...Object.keys(ofQuery), 'trimmed']),
];
