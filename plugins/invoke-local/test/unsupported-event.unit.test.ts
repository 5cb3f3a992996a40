import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { unsupportedEvent } from '../src/unsupported-event.ts';

const schema = z.object({
  functions: z.record(z.string(), z.object({ events: z.array(z.record(z.string(), z.unknown())) })),
});
const { functions } = schema.parse(parse(readFileSync('serverless.yml', 'utf8')));

const sample = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const definitionOf = (functionName: string) => functions[functionName] ?? {};

describe.each(Object.entries(functions))('%s', (functionName, definition) => {
  test('gets, without an event, the name of a sample event that it supports', () => {
    const eventProblem = unsupportedEvent(functionName, definition, '');

    const file = / (events\/\S+\.json)$/.exec(eventProblem ?? '')?.[1] ?? '';
    expect(readFileSync('events/README.md', 'utf8')).toContain(
      `\`npx serverless invoke local -f ${functionName} -p ${file}\``,
    );
    expect(unsupportedEvent(functionName, definition, sample(file))).toBeUndefined();
  });
});

test.each([
  ['an object of another kind', { a: 1 }],
  ['null', null],
  ['a string that is not JSON', 'order'],
  ['a list', [{ requestContext: { http: {} }, records: {} }]],
  ['a REST event', { requestContext: { httpMethod: 'POST' }, records: null }],
])('%s is supported by no function', (_case, event) => {
  expect(unsupportedEvent('createOrder', definitionOf('createOrder'), event)).toBe(
    'createOrder takes an HTTP event: -p events/create-order.json',
  );
  expect(unsupportedEvent('processOrders', definitionOf('processOrders'), event)).toBe(
    'processOrders takes a Kafka event: -p events/orders-batch.json',
  );
  expect(unsupportedEvent('fulfilOrders', definitionOf('fulfilOrders'), event)).toBe(
    'fulfilOrders takes a Kafka event: -p events/status-processing.json',
  );
  expect(unsupportedEvent('prune', definitionOf('prune'), event)).toBe(
    'prune takes a scheduled event: -p events/scheduled.json',
  );
});

test('an event of another kind is not supported', () => {
  const request = sample('events/create-order.json');
  const batch = sample('events/orders-batch.json');

  expect(unsupportedEvent('createOrder', definitionOf('createOrder'), batch)).toMatch(
    /^createOrder takes an HTTP/,
  );
  expect(unsupportedEvent('processOrders', definitionOf('processOrders'), request)).toMatch(
    /takes a Kafka event/,
  );
});

test('a function with another trigger supports any event', () => {
  expect(unsupportedEvent('archive', { events: [{ s3: 'orders' }] }, '')).toBeUndefined();
});
