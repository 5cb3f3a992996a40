import { describe, expect, test } from '@jest/globals';
import { asyncApiFindings } from '../../../contracts/evolution/asyncapi.ts';
import type { Finding } from '../../../contracts/evolution/findings.ts';
import { recordFindings } from '../../../contracts/evolution/records.ts';

const short = { type: 'object', properties: { text: { type: 'string', maxLength: 5 } } };
const long = { type: 'object', properties: { text: { type: 'string', maxLength: 9 } } };

const reasons = (findings: readonly Finding[]) =>
  findings.map(({ place, rule, reason }) => `${place}: ${rule}: ${reason}`);

describe('the comparison of records', () => {
  test('a wider record is a change that old readers cannot take, a narrower one a change that old records are', () => {
    const file = (schema: object) => ({ 'schemas/order-record.json': schema });

    expect(reasons(recordFindings(file(short), file(long)))).toEqual([
      'text: max-length: New records may have at most 9 characters; readers of the last release accept at most 5 characters.',
    ]);
    expect(reasons(recordFindings(file(long), file(short)))).toEqual([
      'text: max-length: Records of the last release may have at most 9 characters; the new release accepts at most 5 characters.',
    ]);
    expect(recordFindings(file(short), file(short))).toEqual([]);
  });

  test('of the webhook, only the direction of each message counts', () => {
    const request = (schema: object) => ({ 'schemas/fulfilment-request.json': schema });
    const rejection = (schema: object) => ({ 'schemas/fulfilment-rejection.json': schema });

    expect(recordFindings(request(long), request(short))).toEqual([]);
    expect(recordFindings(request(short), request(long))).toHaveLength(1);
    expect(recordFindings(rejection(short), rejection(long))).toEqual([]);
    expect(recordFindings(rejection(long), rejection(short))).toHaveLength(1);
  });

  test('a removed schema is breaking, a new one is not', () => {
    expect(reasons(recordFindings({ 'schemas/order-record.json': short }, {}))).toEqual([
      'the file: schema-removed: The schema is no longer published; programs of others may read or write such records.',
    ]);
    expect(recordFindings({}, { 'schemas/order-record.json': short })).toEqual([]);
  });
});

describe('the comparison of topics', () => {
  const topics = () => ({
    channels: { orders: { address: 'orders', messages: { created: {}, cancelled: {} } } },
    operations: { send: { action: 'send', title: 'Send commands' } },
    components: {
      messages: {
        created: {
          title: 'Creates an order',
          contentType: 'application/json',
          payload: { $ref: '#/components/schemas/order-record' },
          bindings: { kafka: { key: { type: 'string' } } },
        },
      },
    },
  });
  type Topics = ReturnType<typeof topics>;
  const findingsAfter = (change: (document: Topics) => unknown): readonly string[] => {
    const changed = topics();
    change(changed);
    return asyncApiFindings(topics(), changed).map(
      ({ subject, place, rule }) => `${subject} ${place} ${rule}`,
    );
  };

  test.each<[string, (document: Topics) => unknown, string]>([
    [
      'a renamed topic',
      (it) => Object.assign(it.channels.orders, { address: 'commands' }),
      'orders address topic-removed',
    ],
    [
      'a removed message',
      (it) => Reflect.deleteProperty(it.channels.orders.messages, 'cancelled'),
      'orders cancelled message-removed',
    ],
    [
      'another schema',
      (it) => Object.assign(it.components.messages.created.payload, { $ref: '#/other' }),
      'created the message message-changed',
    ],
    [
      'another content type',
      (it) => Object.assign(it.components.messages.created, { contentType: 'application/cbor' }),
      'created the message message-changed',
    ],
    [
      'another key',
      (it) => Object.assign(it.components.messages.created.bindings.kafka.key, { type: 'null' }),
      'created the message message-changed',
    ],
    [
      'a removed operation',
      (it) => Reflect.deleteProperty(it.operations, 'send'),
      'send the operation operation-changed',
    ],
  ])('%s is reported', (_change, change, expected) => {
    expect(findingsAfter(change)).toEqual([`asyncapi.json ${expected}`]);
  });

  test.each<[string, (document: Topics) => unknown]>([
    ['a new message', (it) => Object.assign(it.channels.orders.messages, { retried: {} })],
    ['a new operation', (it) => Object.assign(it.operations, { receive: {} })],
    ['another title', (it) => Object.assign(it.components.messages.created, { title: 'Creates one' })],
  ])('%s is compatible', (_change, change) => {
    expect(findingsAfter(change)).toEqual([]);
  });
});
