import { expect, test } from '@jest/globals';
import { readAnswer } from '../../../ops/load/answer.ts';

const accepted = (order_id: string) => ({ order_id, status: 'PENDING', total_amount: 1 });
const ids = ['a', 'b', 'c'];

test('a 202 acknowledges the order in its body', () => {
  expect(readAnswer(202, JSON.stringify(accepted('a')), ['a'])).toEqual({ acknowledged: ['a'], errors: [] });
});

test('a 202 with another order, or none, is an error', () => {
  const error = { acknowledged: [], errors: ['202 without an explanation'] };

  expect(readAnswer(202, JSON.stringify(accepted('b')), ['a'])).toEqual(error);
  expect(readAnswer(202, '', ['a'])).toEqual(error);
});

test('only 202 and 207 acknowledge, with any body', () => {
  expect(readAnswer(200, JSON.stringify(accepted('a')), ['a'])).toEqual({
    acknowledged: [],
    errors: ['200 without an explanation'],
  });
});

test('a problem is an error with its status and code', () => {
  const body = JSON.stringify({ status: 503, code: 'kafka_unavailable', order_id: 'a' });

  expect(readAnswer(503, body, ['a'])).toEqual({ acknowledged: [], errors: ['503 kafka_unavailable'] });
});

test('a bulk answer acknowledges the orders of its results, and the others are errors', () => {
  const results = [accepted('a'), { index: 1, order_id: 'b', code: 'kafka_unavailable' }, accepted('c')];

  expect(readAnswer(207, JSON.stringify({ results }), ids)).toEqual({
    acknowledged: ['a', 'c'],
    errors: ['207 kafka_unavailable'],
  });
});

test('an order without a result in a bulk answer is an error', () => {
  const body = JSON.stringify({ results: [accepted('a'), accepted('b')] });

  expect(readAnswer(202, body, ids)).toEqual({
    acknowledged: ['a', 'b'],
    errors: ['202 without an explanation'],
  });
});

test('a failure of a whole bulk request is an error of each order', () => {
  const body = JSON.stringify({ code: 'validation_failed', detail: 'The orders are not valid.' });

  expect(readAnswer(400, body, ids)).toEqual({
    acknowledged: [],
    errors: Array(3).fill('400 validation_failed'),
  });
});
