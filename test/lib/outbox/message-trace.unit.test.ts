import { expect, test } from '@jest/globals';
import { inTrace, traceparentIn } from '../../../lib/outbox/message-trace.ts';
import type { OutboxMessage } from '../../../lib/outbox/outbox-entry.ts';

const own = Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
const sending = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
const eventId = Buffer.from('event-1');

const letter: OutboxMessage = {
  topic: 'orders.dlq',
  key: null,
  value: null,
  headers: { 'event-id': eventId, traceparent: own },
};

test('a dead letter has the header of its record, and after it the span that sends it', () => {
  const sent = inTrace(letter, sending);

  expect(sent.headers).toEqual({ 'event-id': eventId, traceparent: [own, sending] });
  expect(traceparentIn(sent)).toBe(sending);
  expect(traceparentIn(letter)).toBe(own.toString());
});

test('a redriven record keeps its headers', () => {
  const redriven: OutboxMessage = { ...letter, topic: 'orders' };

  expect(inTrace(redriven, sending)).toBe(redriven);
});
