import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { findMisfit } from '../src/event-kind.ts';

const schema = z.object({
  functions: z.record(z.string(), z.object({ events: z.array(z.record(z.string(), z.unknown())) })),
});
const { functions } = schema.parse(parse(readFileSync('serverless.yml', 'utf8')));

const sample = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const definitionOf = (functionName: string) => functions[functionName] ?? {};

describe.each(Object.entries(functions))('%s', (functionName, definition) => {
  test('is told, without an event, of a sample of its own, which it takes', () => {
    const misfit = findMisfit(functionName, definition, '');

    const file = / (events\/\S+\.json)$/.exec(misfit ?? '')?.[1] ?? '';
    expect(readFileSync('events/README.md', 'utf8')).toContain(
      `\`npx serverless invoke local -f ${functionName} -p ${file}\``,
    );
    expect(findMisfit(functionName, definition, sample(file))).toBeUndefined();
  });
});

test.each([
  ['an object of another kind', { a: 1 }],
  ['null', null],
  ['a text that is no JSON', 'order'],
  ['a list', [{ requestContext: { http: {} }, records: {} }]],
  ['a REST event', { requestContext: { httpMethod: 'POST' }, records: null }],
])('%s fits no function', (_case, event) => {
  expect(findMisfit('createOrder', definitionOf('createOrder'), event)).toBe(
    'createOrder takes an HTTP event: -p events/create-order.json',
  );
  expect(findMisfit('processOrders', definitionOf('processOrders'), event)).toBe(
    'processOrders takes a Kafka event: -p events/orders-batch.json',
  );
  expect(findMisfit('fulfilOrders', definitionOf('fulfilOrders'), event)).toBe(
    'fulfilOrders takes a Kafka event: -p events/status-processing.json',
  );
  expect(findMisfit('prune', definitionOf('prune'), event)).toBe(
    'prune takes a scheduled event: -p events/scheduled.json',
  );
});

test('an event of the other kind does not fit', () => {
  const request = sample('events/create-order.json');
  const batch = sample('events/orders-batch.json');

  expect(findMisfit('createOrder', definitionOf('createOrder'), batch)).toMatch(/^createOrder takes an HTTP/);
  expect(findMisfit('processOrders', definitionOf('processOrders'), request)).toMatch(/takes a Kafka event/);
});

test('a function with another trigger takes whatever it is given', () => {
  expect(findMisfit('archive', { events: [{ s3: 'orders' }] }, '')).toBeUndefined();
});
