import { describe, expect, test } from '@jest/globals';
import { OrderlyError } from '../../../../lib/errors/orderly-error.ts';
import type {
  FactName,
  Facts,
  OperationEvent,
  OperationName,
  Operations,
} from '../../../../lib/observability/flow-events.ts';
import { factLine, type LogLine, operationLine } from '../../../../lib/observability/logs/log-lines.ts';

const requestId = 'request-1';
const error = new Error('the database is unavailable');

const ended = <Name extends OperationName>(
  name: Name,
  start: Operations[Name]['start'],
  end: Operations[Name]['end'],
): LogLine | undefined => lineOf(name, start, { ok: true, end });
const failed = <Name extends OperationName>(
  name: Name,
  start: Operations[Name]['start'],
): LogLine | undefined => lineOf(name, start, { ok: false, error });
const lineOf = <Name extends OperationName>(
  name: Name,
  start: Operations[Name]['start'],
  outcome: OperationEvent<Name>['outcome'],
): LogLine | undefined => operationLine({ name, start, startedAt: 0, durationMs: 12.5, outcome });
const reported = <Name extends FactName>(name: Name, fact: Facts[Name]): LogLine | undefined =>
  factLine({ name, fact });

describe('the line of a request', () => {
  const request = {
    requestId,
    method: 'GET',
    path: '/api/orders/o-1',
    route: 'GET /api/orders/{order_id}',
    orderId: 'o-1',
    traceparent: undefined,
  };

  test('has method, path and status, and what the handler added', () => {
    expect(ended('request.answered', request, { status: 404, fields: { subject: 'me' } })).toEqual({
      level: 'info',
      message: 'GET /api/orders/o-1 404',
      fields: { request_id: requestId, order_id: 'o-1', subject: 'me', ms: 13 },
    });
  });

  test('has no order id if the path has none', () => {
    const line = ended('request.answered', { ...request, orderId: undefined }, { status: 200, fields: {} });

    expect(line?.fields).not.toHaveProperty('order_id');
  });
});

describe('the line of a batch', () => {
  const batch = {
    function: 'process-orders',
    requestId,
    consumerGroup: 'order-processing-group',
    records: [7, 8].map((offset) => ({ topic: 'orders', partition: 0, offset, timestamp: 0, headers: [] })),
  };
  const fields = { request_id: requestId, records: 2, offsets: 'orders-0:7-8', ms: 13 };

  test('counts what it stored', () => {
    expect(ended('batch.processed', batch, { created: 1, updated: 2, deadLetters: 3 })).toEqual({
      level: 'info',
      message: 'process-orders committed',
      fields: { ...fields, created: 1, updated: 2, dead_letters: 3 },
    });
  });

  test('has the error of a failure', () => {
    expect(failed('batch.processed', batch)).toEqual({
      level: 'error',
      message: 'process-orders failed; the batch will be delivered again',
      fields: { ...fields, error },
    });
  });
});

describe('the line of published rows', () => {
  const published = (by: 'writer' | 'relay' | 'redrive', left: number) =>
    ended(
      'outbox.published',
      { by, rows: 3, messages: 3 },
      { acknowledged: 3 - left, rejected: 0, left, failure: 'Kafka did not acknowledge' },
    );

  test('warns if the writer leaves rows to the relay', () => {
    expect(published('writer', 2)).toEqual({
      level: 'warn',
      message: 'Committed outbox rows were not published; the relay will publish them',
      fields: { outbox_rows: 2, reason: 'Kafka did not acknowledge' },
    });
  });

  test('is absent if nothing is left, and for a relay or a redrive, which report themselves', () => {
    expect([published('writer', 0), published('relay', 2), published('redrive', 2)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the line of the relay', () => {
  test.each([
    { published: 0, parked: 0, left: 0, level: 'debug' },
    { published: 1, parked: 0, left: 0, level: 'info' },
    { published: 0, parked: 1, left: 0, level: 'info' },
    { published: 1, parked: 0, left: 1, level: 'warn' },
  ])(
    'with $published published, $parked parked and $left left has the level $level',
    ({ level, ...rows }) => {
      expect(ended('outbox.relayed', { requestId }, { ...rows, oldestAgeMs: 70_000 })).toEqual({
        level,
        message: 'relay-outbox published',
        fields: { ...rows, oldest_age_ms: 70_000, request_id: requestId, ms: 13 },
      });
    },
  );

  test('says that another run is active, or has the error', () => {
    expect(ended('outbox.relayed', { requestId }, undefined)).toMatchObject({
      level: 'debug',
      message: 'relay-outbox skipped: another run is active',
    });
    expect(failed('outbox.relayed', { requestId })).toMatchObject({ level: 'error', fields: { error } });
  });
});

describe('the line of calls', () => {
  const none = { called: 0, released: 0, completed: 0, failed: 0, postponed: 0, leaseLost: 0 };

  test.each([
    { calls: {}, level: 'debug' },
    { calls: { called: 2, completed: 2 }, level: 'info' },
    { calls: { released: 1 }, level: 'info' },
    { calls: { called: 2, postponed: 1, postponedReason: 'status 503' }, level: 'warn' },
  ])('$calls has the level $level', ({ calls, level }) => {
    expect(ended('calls.made', { requestId, function: 'retry-orders' }, { ...none, ...calls })).toMatchObject(
      {
        level,
        message: 'retry-orders called the receiver',
        fields: { ...(calls.postponed && { postponed: 1, postponed_reason: 'status 503' }), lease_lost: 0 },
      },
    );
  });

  test('has the error of a failure', () => {
    expect(failed('calls.made', { requestId, function: 'fulfil-orders' })).toMatchObject({
      level: 'error',
      message: 'fulfil-orders failed; calls that were not made or not stored fall due again',
      fields: { error, ms: 13 },
    });
  });
});

describe('the line of a fact', () => {
  test('about a dead letter has the position of its record and the reason', () => {
    const record = { topic: 'orders', partition: 2, offset: 3 };

    expect(
      reported('dead_letter.opened', { requestId, code: 'not_json', message: 'it is not JSON', record }),
    ).toEqual({
      level: 'warn',
      message: 'dead letter',
      fields: { request_id: requestId, code: 'not_json', reason: 'it is not JSON', ...record },
    });
  });

  test('about an Idempotency-Key is a warning while the database is unavailable, and an error otherwise', () => {
    const unavailable = new OrderlyError('database_unavailable', 'The database does not respond.');

    expect(reported('idempotency_key.unstored', { step: 'claim', error: unavailable })).toMatchObject({
      level: 'warn',
      message: 'The Idempotency-Key could not be stored; the ids derive from it',
    });
    expect(reported('idempotency_key.unstored', { step: 'mark', error })).toMatchObject({
      level: 'error',
      message: 'The Idempotency-Key could not be marked as produced; a repeat will be produced again',
    });
  });

  test('about gauges has their names in snake_case', () => {
    const gauges = { database: { OpenDeadLetters: 2 }, groups: { 'a-group': { ConsumerLagAge: 1.5 } } };

    expect(reported('gauges.collected', { gauges })).toEqual({
      level: 'debug',
      message: 'gauges',
      fields: { open_dead_letters: 2, consumer_groups: { 'a-group': { consumer_lag_age: 1.5 } } },
    });
  });

  test('is absent for changed orders and used limits, which other lines count', () => {
    expect(reported('orders.changed', { changes: [], committedAt: 0 })).toBeUndefined();
    expect(reported('permits.exhausted', { limit: 60 })).toBeUndefined();
  });
});
