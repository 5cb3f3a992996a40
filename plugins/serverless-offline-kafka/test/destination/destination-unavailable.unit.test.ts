import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { EventSourceError } from '../../src/errors.ts';
import { aDelivery, pass } from '../support/a-delivery.ts';
import { records } from '../support/records.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('a destination that is unavailable for an hour gets the records later, and nothing is committed before', async () => {
  let isUnavailable = true;
  const taken: number[] = [];
  const { accept, invoked, committed, lines } = aDelivery({
    failures: { maximumRetries: 0 },
    destination: {
      label: 'kafka://orders-dlt',
      send: async (batch) => {
        if (isUnavailable) {
          throw new EventSourceError('destination_unreachable', 'connect ECONNREFUSED');
        }
        taken.push(...batch.records.map(({ offset }) => offset));
      },
      close: async () => undefined,
    },
  });
  accept(records(0, 1, 2));
  await pass(0);
  invoked[0]?.fail();

  await pass(3_600_000);
  const during = committed();
  isUnavailable = false;
  await pass(2_000);

  expect(during).toEqual([]);
  expect(taken).toEqual([0, 1, 2]);
  expect(committed()).toEqual([3]);
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(lines.filter((line) => line.includes('cannot be sent'))).toHaveLength(1);
});
