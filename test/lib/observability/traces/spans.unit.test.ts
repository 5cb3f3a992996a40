import { describe, expect, test } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { OrderlyError } from '../../../../lib/errors/orderly-error.ts';
import type { OperationName, OperationStart } from '../../../../lib/observability/flow-events.ts';
import {
  concludeOperation,
  describeError,
  describeOperation,
  describeRecord,
} from '../../../../lib/observability/traces/spans.ts';
import { aRecord } from '../../../support/records.ts';

const requestId = 'request-1';
const request = {
  requestId,
  method: 'GET',
  path: '/api/orders/o-1',
  route: 'GET /api/orders/{order_id}',
  orderId: 'o-1',
  traceparent: undefined,
};
const order = (orderId: string, type: 'order.created' | 'order.cancel_requested') => ({
  orderId,
  commands: [{ type, record: aRecord({}) }],
});

const attempt = {
  orderId: 'o-1',
  attempt: 3,
  record: aRecord({}),
  receiver: { address: 'shop.example', port: 443 },
};

const named = <Name extends OperationName>(operation: OperationStart<Name>) => {
  const { name, kind, attributes } = describeOperation(operation);
  return { name, kind: SpanKind[kind], attributes };
};

describe('the span of an operation', () => {
  test('a request has its route, and the order of its path', () => {
    expect(named<'request.answered'>({ name: 'request.answered', start: request })).toEqual({
      name: 'GET /api/orders/{order_id}',
      kind: 'SERVER',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/orders/{order_id}',
        'url.path': '/api/orders/o-1',
        'faas.trigger': 'http',
        'faas.invocation.id': requestId,
        'orderly.order.id': 'o-1',
      },
    });
  });

  test('a request without a route has its method only, because callers choose the path', () => {
    const start = { ...request, route: 'other', orderId: undefined };
    const { name, attributes } = named<'request.answered'>({ name: 'request.answered', start });

    expect(name).toBe('GET');
    expect(attributes).not.toHaveProperty(['http.route']);
  });

  test('a request with an unknown method has no name that the caller chooses', () => {
    const start = { ...request, method: 'ME', route: 'other', orderId: undefined };
    const { name, attributes } = named<'request.answered'>({ name: 'request.answered', start });

    expect([name, attributes['http.request.method']]).toEqual(['HTTP', '_OTHER']);
  });

  test('commands of one order have its id; those of a bulk have their number and the first hundred ids', () => {
    const ids = Array.from({ length: 150 }, (_, index) => `o-${index}`);
    const produced = (orderIds: readonly string[]) =>
      named<'commands.produced'>({ name: 'commands.produced', start: { type: 'order.created', orderIds } });

    expect(produced(['o-1'])).toEqual({
      name: 'send orders',
      kind: 'PRODUCER',
      attributes: {
        'messaging.system.name': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'orders',
        'orderly.order.id': 'o-1',
      },
    });
    expect(produced(ids).attributes).toMatchObject({
      'messaging.batch.message_count': 150,
      'orderly.order.ids': ids.slice(0, 100),
    });
  });

  test.each([
    [[], 'INSERT dead_letters', undefined],
    [[order('a', 'order.created')], 'INSERT orders', undefined],
    [[order('a', 'order.created'), order('b', 'order.created')], 'INSERT orders', 2],
    [[order('a', 'order.created'), order('b', 'order.cancel_requested')], 'UPDATE orders', 2],
  ])('a transaction is named by its main statement: %#', (orders, name, size) => {
    const written = named<'batch.written'>({ name: 'batch.written', start: { orders, deadLetters: 0 } });

    expect(written).toMatchObject({ name, kind: 'CLIENT', attributes: { 'db.query.summary': name } });
    expect(written.attributes['db.operation.batch.size']).toBe(size);
  });

  test('a run of calls is a consumer of status events, or internal if a schedule starts it', () => {
    const delivered = { consumerGroup: 'group', records: [aRecord({})], waiting: [] };
    const run = (start: OperationStart<'calls.made'>['start']) => {
      const { name, kind } = named<'calls.made'>({ name: 'calls.made', start });
      return [name, kind];
    };

    expect(run({ function: 'fulfil-orders', requestId, delivered })).toEqual([
      'process orders.status',
      'CONSUMER',
    ]);
    expect(run({ function: 'retry-orders', requestId })).toEqual(['retry orders', 'INTERNAL']);
  });
});

test('a call has the address of the receiver without its path, and the number of calls before it', () => {
  expect(named<'attempt.called'>({ name: 'attempt.called', start: attempt })).toEqual({
    name: 'POST',
    kind: 'CLIENT',
    attributes: {
      'http.request.method': 'POST',
      'server.address': 'shop.example',
      'server.port': 443,
      'orderly.order.id': 'o-1',
      'http.request.resend_count': 2,
    },
  });
});

test('the span of a record has its position, and the topic without the prefix of the stage', () => {
  const record = aRecord({ topic: 'prod.orders', partition: 0, offset: 7 });

  expect(describeRecord(record).attributes).toEqual({
    'messaging.system.name': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'orders',
    'messaging.destination.partition.id': '0',
    'kafka.offset': 7,
  });
});

describe('the result of an operation', () => {
  const event = { startedAt: 0, durationMs: 1 };
  const answered = (status: number, fields = {}) =>
    concludeOperation<'request.answered'>({
      ...event,
      name: 'request.answered',
      start: request,
      outcome: { ok: true, end: { status, fields } },
    });

  test('a request has its status and the order that the handler added; only 5xx is an error', () => {
    expect(answered(202, { order_id: 'o-2' })).toEqual({
      attributes: { 'http.response.status_code': 202, 'orderly.order.id': 'o-2' },
      error: undefined,
    });
    expect([answered(404).error, answered(503).error]).toEqual([undefined, { type: '503' }]);
  });

  test.each([
    [
      new OrderlyError('database_unavailable', 'PostgreSQL is down.'),
      'database_unavailable',
      'PostgreSQL is down.',
    ],
    [new TypeError('of the customer Zoë'), 'TypeError', undefined],
    ['thrown', '_OTHER', undefined],
  ])(
    'an error has its code: %p. Only our own messages are told, because others may quote data',
    (error, type, message) => {
      const result = concludeOperation<'batch.written'>({
        ...event,
        name: 'batch.written',
        start: { orders: [], deadLetters: 0 },
        outcome: { ok: false, error },
      });

      expect(result.error?.type).toBe(type);
      expect(result.error?.message).toBe(message);
    },
  );

  test.each([
    ['fulfilled', undefined, undefined],
    ['rejected', 'rejected', undefined],
    ['retryable', 'retryable', 'the reason'],
  ] as const)(
    'a call that is %s has the error %s, and not the text of the receiver: %s',
    (kind, type, message) => {
      const result = concludeOperation<'attempt.called'>({
        ...event,
        name: 'attempt.called',
        start: attempt,
        outcome: { ok: true, end: { kind, status: 418, reason: 'the reason' } },
      });

      expect([result.error?.type, result.error?.message]).toEqual([type, message]);
      expect(result.attributes).toEqual({ 'http.response.status_code': 418 });
    },
  );
});

test.each([undefined, 'message_refused' as const])(
  'produced commands have the code of a failure: %s',
  (failure) => {
    const result = concludeOperation<'commands.produced'>({
      name: 'commands.produced',
      start: { type: 'order.created', orderIds: ['o-1'] },
      startedAt: 0,
      durationMs: 1,
      outcome: { ok: true, end: { acknowledged: 0, failure } },
    });

    expect(result.error?.type).toBe(failure);
  },
);

describe('an error', () => {
  test('of another copy of the class has its code: each file of a package has its own', () => {
    const copy = Object.assign(new Error('The time is over.'), {
      name: 'OrderlyError',
      code: 'database_timeout',
    });

    expect(describeError(copy)).toEqual({ type: 'database_timeout', message: 'The time is over.' });
  });

  test.each(['database_refused', 'internal_error'] as const)(
    '%s has no message, because PostgreSQL may quote a value',
    (code) => {
      expect(describeError(new OrderlyError(code, 'invalid value: "Zoë"'))).toEqual({ type: code });
    },
  );
});
