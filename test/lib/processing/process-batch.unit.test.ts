import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBatch } from '../../../lib/processing/process-batch.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

describe('decoding a batch', () => {
  test('every record becomes a command of its order or a dead letter, in offset order, and orders are sorted by their first record', () => {
    const records = fc
      .array(fc.option(fc.constantFrom('b', 'a', 'Z', 'a.1', 'a-1')))
      .map((ids) =>
        ids.map((id, offset) =>
          aRecord({ offset, value: id === null ? null : anOrderJson({ order_id: id }) }),
        ),
      );

    fc.assert(
      fc.property(records, (batch) => {
        const { orders, deadLetters } = decodeBatch(batch);

        const commands = orders.flatMap((order) => order.commands);
        const offsets = [...commands, ...deadLetters]
          .map(({ record }) => record.offset)
          .sort((a, b) => a - b);
        expect(offsets).toEqual(batch.map(({ offset }) => offset));
        const firstOffsets = orders.map((order) => order.commands[0]?.record.offset ?? -1);
        expect(firstOffsets).toEqual(firstOffsets.toSorted((a, b) => a - b));
        for (const order of orders) {
          const own = order.commands.map(({ record }) => record.offset);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
          expect(new Set(order.commands.map(({ orderId }) => orderId))).toEqual(new Set([order.orderId]));
        }
      }),
    );
  });
});
