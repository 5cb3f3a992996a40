import { expect, test } from '@jest/globals';
import { waitingOrders } from '../../../lib/fulfilment/waiting-orders.ts';
import { aRecord, framed } from '../../support/records.ts';

const event = (fields: Record<string, unknown>) =>
  aRecord({ topic: 'orders.status', value: Buffer.from(JSON.stringify(fields)) });

test('the orders of PROCESSING events wait, each once with its last event, and unknown fields are ignored', () => {
  const records = [
    event({ order_id: 'b', status: 'PROCESSING', version: 1, at: 'now' }),
    event({ order_id: 'a', status: 'PROCESSING' }),
    event({ order_id: 'b', status: 'PROCESSING', version: 3 }),
    event({ order_id: 'c', status: 'COMPLETED' }),
    event({ order_id: 'd', status: 'SHIPPED' }),
  ];

  expect(waitingOrders(records)).toEqual({
    waiting: [
      { orderId: 'b', record: records[2] },
      { orderId: 'a', record: records[1] },
    ],
    unreadable: [],
  });
});

test('an event in the frame of a schema registry counts like a plain one', () => {
  const value = framed(Buffer.from('{"order_id":"a","status":"PROCESSING"}'));

  expect(waitingOrders([aRecord({ value })])).toMatchObject({ waiting: [{ orderId: 'a' }], unreadable: [] });
});

test.each([
  ['no value', null],
  ['a frame without a value', framed(Buffer.alloc(0))],
  ['no JSON', Buffer.from('{')],
  ['no event', Buffer.from('[]')],
  ['no order', Buffer.from('{"status":"PROCESSING"}')],
  ['an order id that cannot be one', Buffer.from('{"order_id":"a\\u0000b","status":"PROCESSING"}')],
])('a record with %s is skipped and does not affect the others', (_case, value) => {
  const unreadable = aRecord({ topic: 'orders.status', offset: 7, value });

  const waiting = waitingOrders([unreadable, event({ order_id: 'a', status: 'PROCESSING' })]);

  expect(waiting).toMatchObject({ waiting: [{ orderId: 'a' }], unreadable: [unreadable] });
});
