import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import type { Json, JsonSchema } from '../../../contracts/evolution/json-schema.ts';
import { getOrderQuerySchema } from '../../../lib/http/get-order-query.ts';
import { listOrdersQuerySchema } from '../../../lib/http/list-orders-query.ts';
import { orderPathSchema } from '../../../lib/http/request-parameters.ts';
import { bulkRequestSchema } from '../../../lib/orders/bulk-request.ts';
import { orderRequestSchema } from '../../../lib/orders/order-request.ts';
import { mutatedValue } from '../../support/json-mutations.ts';
import { jsonValue } from '../../support/json-schema-arbitrary.ts';
import { validatorOf } from '../../support/json-schema-validator.ts';
import { operations, rawDocument } from '../../support/openapi-document.ts';
import { bulkRules, now, orderRules, queryRules, ruleIds, trimmed } from './named-rules.ts';
import { repairedBulk, repairedOrder, repairedQuery } from './repaired-requests.ts';

/**
 * The document and the validators accept the same requests, except for the rules that the document names. `SAMPLES=10000` runs
 * more. No case is skipped: where the JSON Schema allows a value, exactly the named rules decide.
 */
const SAMPLES = Number(process.env.SAMPLES ?? 300);

interface Subject {
  readonly schema: JsonSchema;
  /** By the JSON Schema alone. */
  readonly isAllowed: (value: unknown) => boolean;
  readonly validator: z.ZodType;
  readonly rules: (value: unknown) => readonly string[];
  /** Returns a similar value that breaks no named rule. */
  readonly repaired: (value: Json) => Json;
  /** Returns the value as the validator gets it; undefined if no request can have it. */
  readonly sent: (value: Json) => unknown;
  /** Returns the value that the schema describes. */
  readonly received: (sent: unknown) => unknown;
}

const same = <Value>(value: Value): Value => value;

type Judges = Pick<Subject, 'validator' | 'rules' | 'repaired'>;

function body(name: string, judges: Judges): Subject {
  const schema = { $ref: `#/components/schemas/${name}` };
  return { schema, isAllowed: validatorOf(schema, rawDocument), sent: same, received: same, ...judges };
}

const jsonSchema = z.custom<JsonSchema>((value) => typeof value === 'object');
const texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** The parameters of an operation in one place, as an object. Numbers are text in a URL. */
function parameters(route: string, place: 'query' | 'path', judges: Judges): Subject {
  const described = operations.get(route)?.parameters.filter((one) => one.in === place) ?? [];
  const isInteger = (name: string): boolean =>
    described.some((one) => one.name === name && one.schema.type === 'integer');
  const schema: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(described.map((one) => [one.name, jsonSchema.parse(one.schema)])),
    required: described.flatMap(({ name, required }) => (required ? [name] : [])),
    additionalProperties: place === 'path',
  };
  return {
    schema,
    isAllowed: validatorOf(schema, rawDocument),
    sent: (value) => {
      const scalars = texts.safeParse(value).data;
      return scalars && Object.fromEntries(Object.entries(scalars).map(([name, one]) => [name, String(one)]));
    },
    received: (sent) =>
      Object.fromEntries(
        Object.entries(z.record(z.string(), z.string()).parse(sent)).map(([name, text]) => [
          name,
          isInteger(name) && /^(0|[1-9]\d*)$/.test(text) ? Number(text) : text,
        ]),
      ),
    ...judges,
  };
}

const createOrder = body('OrderRequest', {
  validator: orderRequestSchema(now),
  rules: orderRules,
  repaired: repairedOrder,
});

const createOrdersBulk = body('BulkRequest', {
  validator: bulkRequestSchema(now),
  rules: bulkRules,
  repaired: repairedBulk,
});
const listOrders = parameters('GET /api/orders', 'query', {
  validator: listOrdersQuerySchema,
  rules: queryRules,
  repaired: repairedQuery,
});
const withoutRules = { rules: (): readonly string[] => [], repaired: same<Json> };
const getOrder = parameters('GET /api/orders/{order_id}', 'query', {
  validator: getOrderQuerySchema,
  ...withoutRules,
});
const orderPath = parameters('GET /api/orders/{order_id}', 'path', {
  validator: orderPathSchema,
  ...withoutRules,
});

const subjects: Readonly<Record<string, Subject>> = {
  'the body of createOrder': createOrder,
  'the body of createOrdersBulk': createOrdersBulk,
  'the query of listOrders': listOrders,
  'the query of getOrder': getOrder,
  'the path of getOrder': orderPath,
};

interface Tally {
  accepted: number;
  refused: number;
  readonly rules: Record<string, number>;
}

/** Compares the verdicts on one value, and counts them. */
function compare(
  { isAllowed, validator, rules, sent, received }: Subject,
  tally: Tally,
): (value: Json) => void {
  return (value) => {
    const request = sent(value);
    if (request === undefined) {
      return;
    }
    const described = trimmed(received(request));
    const broken = isAllowed(described) ? rules(described) : ['schema'];
    const isAccepted = validator.safeParse(request).success;
    expect({ request, broken, isAccepted }).toEqual({ request, broken, isAccepted: broken.length === 0 });
    tally[isAccepted ? 'accepted' : 'refused'] += 1;
    for (const id of broken) {
      tally.rules[id] = (tally.rules[id] ?? 0) + 1;
    }
  };
}

function run(name: string, subject: Subject, values: fc.Arbitrary<Json>): Tally {
  const tally: Tally = { accepted: 0, refused: 0, rules: {} };
  fc.assert(fc.property(values, compare(subject, tally)), { numRuns: SAMPLES });
  if (process.env.SAMPLES !== undefined) {
    process.stdout.write(`${name}: ${JSON.stringify(tally)}\n`);
  }
  return tally;
}

describe.each(Object.entries(subjects))('%s', (name, subject) => {
  const allowed = jsonValue(subject.schema, rawDocument);

  test('as the document allows it, is accepted unless it breaks a named rule', () => {
    const mostlyRepaired = fc
      .tuple(allowed, fc.integer({ max: 3, min: 0 }))
      .map(([value, quarter]) => (quarter > 0 ? subject.repaired(value) : value));

    const { accepted, rules } = run(`allowed, ${name}`, subject, mostlyRepaired);

    expect(accepted).toBeGreaterThan(SAMPLES / 2);
    expect(rules.schema ?? 0).toBe(0);
  });

  test('changed in one place, is accepted or refused by the document and the validator alike', () => {
    const mutated = mutatedValue(subject.schema, rawDocument);

    const { refused } = run(`mutated, ${name}`, subject, fc.oneof(mutated, mutated.map(subject.repaired)));

    expect(refused).toBeGreaterThan(SAMPLES / 10);
  });
});

const order = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };
const letters = (count: number): string => 'a'.repeat(count);

/** Values at the bounds of each rule, by the field of an order. */
const special: Readonly<Record<string, readonly Json[]>> = {
  customer_id: [
    '\ud800',
    'a\udfffb',
    '\ufffd',
    '\ufeff',
    '\ufeffa',
    '\u0085a',
    'a\u2028',
    'a\u0000b',
    '\u00a0a',
  ],
  product_id: ['', ' \t\n', letters(64), letters(65), ` ${letters(64)} `, '😀'.repeat(64), '😀'.repeat(65)],
  order_id: [letters(64), letters(65), '', '.a', 'a.b_c:d-e', 'é', 'a\n'],
  quantity: [0, 1, 1_000_000, 1_000_001, 1.5, '1', null],
  price: [0, 0.001, 0.01, 19.99, 0.1 + 0.2, 1e-7, 99_999_999.99, 1e8, 100_000_000.01],
  total_amount: [1, 1.000_000_1, 2, '1', null],
  status: ['PENDING', 'COMPLETED', '', null],
  created_at: [
    ...[
      '2016-12-31T23:59:60Z',
      '2017-01-01T01:59:60.25+02:00',
      '2026-11-01T23:59:60Z',
      '2026-11-01T10:00:60Z',
    ],
    ...[
      '1969-12-31T23:59:59Z',
      '1970-01-01T00:30:00+01:00',
      '9999-12-31T23:59:59.999Z',
      '5500-01-02T00:00:00Z',
    ],
    ...['5500-01-02T00:00:00.001Z', '2026-02-29T10:00:00Z', '2028-02-29t10:00:00.123456z', '2026-11-01'],
    ...['2026-11-01 10:00:00Z', '2026-11-01T10:00:00+24:00', '2026-11-01T10:00:00', ''],
  ],
};

const atBounds: Readonly<Record<string, readonly Json[]>> = {
  ...Object.fromEntries(
    Object.entries(special).map(([field, values]) => [
      `the field ${field}`,
      values.map((value) => ({ ...order, [field]: value })),
    ]),
  ),
  'the total': [
    { ...order, quantity: 3, price: 19.99, total_amount: 59.97 },
    { ...order, quantity: 3, price: 19.99, total_amount: 59.970_000_000_000_006 },
    { ...order, quantity: 1_000_000, price: 1e7 },
    { ...order, quantity: 1_000_000, price: 9_999_999.99 },
  ],
};

const verdicts = (subject: Subject): ((value: Json) => void) =>
  compare(subject, { accepted: 0, refused: 0, rules: {} });

test.each(Object.entries(atBounds))('%s has the same verdicts at its bounds', (_name, values) => {
  for (const value of values) {
    verdicts(createOrder)(value);
  }
});

test.each<[string, Subject, readonly Json[]]>([
  [
    'the body of createOrdersBulk',
    createOrdersBulk,
    [0, 1, 1_000, 1_001].map((count) => Array<Json>(count).fill(order)),
  ],
  [
    'the query of listOrders',
    listOrders,
    [0, 1, 50, 200, 201, '050', '5.0', '', -1].map((limit) => ({ limit })),
  ],
  ['the query of getOrder', getOrder, [0, 9, 10, 20, 21, '05', '+5', '', 1.5].map((wait) => ({ wait }))],
])('%s has the same verdicts at its bounds', (_name, subject, values) => {
  for (const value of values) {
    verdicts(subject)(value);
  }
});

test('the document names exactly the rules of these tests', () => {
  const named = JSON.stringify(rawDocument).matchAll(/\{"id":"(\w+)","description"/g);

  expect([...new Set([...named].map(([, id]) => id))].sort()).toEqual([...ruleIds].sort());
});
