import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { functions as table } from '../../deployment/stack/functions.ts';
import { waitingOrders } from '../../lib/fulfilment/waiting-orders.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { decodeCommand } from '../../lib/orders/decode-command.ts';
import { fromCents } from '../../lib/orders/money.ts';
import {
  httpEventFile,
  httpEventNames,
  kafkaEventFile,
  kafkaEventNames,
  scheduledEventFile,
  scheduledEventNames,
  statusEventNames,
} from '../support/events.ts';
import { documentedEvents, documentedRecords } from './documented-events.ts';

const serviceSchema = z.object({
  functions: z.record(
    z.string(),
    z.object({ events: z.array(z.object({ httpApi: z.string().optional() })) }),
  ),
});
const { functions } = serviceSchema.parse(parse(readFileSync('serverless.yml', 'utf8')));

/** Returns the route key of a function in API Gateway. */
function routeKeyOf(functionName: string): string | undefined {
  const route = functions[functionName]?.events[0]?.httpApi;
  return route === '*' ? '$default' : route;
}

test('every sample event of the table of functions has its file, and every file its function', () => {
  const files = [...httpEventNames, ...kafkaEventNames, ...statusEventNames, ...scheduledEventNames];

  expect([...new Set(Object.values(table).flatMap(({ events }) => events))].sort()).toEqual(files.sort());
});

test('events/README.md lists the sample events of each function, each with its command line', () => {
  const listed = (functionName: string): string[] =>
    documentedEvents.filter((event) => event.functionName === functionName).map(({ file }) => file);

  for (const [name, { events }] of Object.entries(table)) {
    expect([name, ...listed(name).sort()]).toEqual([name, ...[...events].sort()]);
  }
  expect(documentedEvents.filter(({ functionName }) => !(functionName in table))).toEqual([]);
  for (const { file, functionName, command } of documentedEvents) {
    expect(command).toBe(`npx serverless invoke local -f ${functionName} -p events/${file}.json`);
  }
});

describe.each(httpEventNames)('the request %s', (name) => {
  const event = httpEventFile(name);
  const [functionName = ''] = Object.entries(table).find(([, { events }]) => events.includes(name)) ?? [];

  test('is for the route of its function', () => {
    expect(event.routeKey).toBe(routeKeyOf(functionName));
  });

  test('is consistent in its route, path, query and length', () => {
    const { requestContext: context, pathParameters = {} } = event;
    const route = event.routeKey.replace(/^\w+ /, '');
    const path = route.replace(/\{(\w+)\}/, (_, id) => pathParameters[id] ?? '');

    expect(context).toMatchObject({
      routeKey: event.routeKey,
      http: { path: event.rawPath, userAgent: event.headers['user-agent'] },
      domainName: event.headers.host,
    });
    expect(event.rawPath).toBe(route === '$default' ? '/api/nothing' : path);
    expect(Object.fromEntries(new URLSearchParams(event.rawQueryString))).toEqual(
      event.queryStringParameters ?? {},
    );
    expect(event.headers['content-length'] ?? '0').toBe(`${Buffer.byteLength(event.body ?? '')}`);
    expect(new Date(context.timeEpoch).toISOString()).toBe('2026-11-01T10:00:00.000Z');
  });
});

describe.each(kafkaEventNames)('the batch %s', (name) => {
  const records = recordsOf(kafkaEventFile(name));
  const documented = documentedRecords.filter(({ file }) => file === name);

  test('contains the records of the table, each under its topic and partition', () => {
    const held = records.map(({ partition, offset, key, headers }) => ({
      place: `${partition}/${offset}`,
      key: key?.toString(),
      eventType: headers.find(([header]) => header === 'event-type')?.[1].toString(),
    }));
    const places = Object.entries(kafkaEventFile(name).records).flatMap(([place, list]) =>
      list.map(({ topic, partition }) => [place, `${topic}-${partition}`]),
    );

    expect(held).toEqual(documented.map(({ place, key, eventType }) => ({ place, key, eventType })));
    expect(places.filter(([place, own]) => place !== own)).toEqual([]);
    expect(records.filter(({ partition }) => partition >= topics.orders.partitions)).toEqual([]);
  });

  test('decodes to the results of the table, except those that depend on the store', () => {
    const expected = documented.map(({ amount, afterwards }) => ({
      amount,
      deadLetter: storeCodes.has(afterwards.deadLetter ?? '') ? undefined : afterwards.deadLetter,
    }));

    expect(records.map(decode)).toEqual(expected);
  });
});

/** Dead letters that depend on what is stored. */
const storeCodes: ReadonlySet<string> = new Set(['order_id_conflict', 'order_unknown']);

function decode(record: KafkaRecord): { amount: string | undefined; deadLetter: string | undefined } {
  const decoded = decodeCommand(record);
  if (!decoded.ok) {
    return { amount: undefined, deadLetter: decoded.deadLetter.code };
  }
  const { command } = decoded;
  const amount =
    command.type === 'order.created'
      ? `${command.content.quantity} × ${fromCents(command.content.priceCents).toFixed(2)}`
      : undefined;
  return { amount, deadLetter: undefined };
}

test('orders-headers has header bytes above 127, as Java signs them', () => {
  const [first] = recordsOf(kafkaEventFile('orders-headers'));
  const headers = Object.fromEntries(first?.headers.map(([name, bytes]) => [name, bytes.toString()]) ?? []);

  expect(headers).toMatchObject({ traceparent: expect.stringMatching(/^00-/), 'sent-by': 'Zoë' });
  expect(JSON.stringify(kafkaEventFile('orders-headers'))).toContain('-61,-85');
});

test.each(statusEventNames)('%s contains an order that waits for its fulfilment', (name) => {
  const records = recordsOf(kafkaEventFile(name));

  expect(waitingOrders(records)).toMatchObject({ waiting: [{ orderId: 'sample-1' }], unreadable: [] });
  expect(records.map(({ topic }) => topic)).toEqual(['orders.status']);
});

test.each(scheduledEventNames)('%s has the shape of what EventBridge sends', (name) => {
  expect(scheduledEventFile(name)).toMatchObject({ source: 'aws.events', time: '2026-11-01T10:00:00Z' });
});
