import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bulkLimits, chunkBody, splitIntoChunks } from '../../client/src/chunks.ts';
import { MAX_ORDERS_PER_REQUEST } from '../../lib/orders/bulk-request.ts';

const parts = (texts: readonly string[]) =>
  texts.map((text, index) => ({ index, json: JSON.stringify(text) }));

test('chunks keep every order in its order, stay within the limits, and are as few as possible', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 60 });
  fc.assert(
    fc.property(
      texts,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 4, max: 120 }),
      (all, orders, bytes) => {
        const chunks = splitIntoChunks(parts(all), { orders, bytes });

        expect(chunks.flat()).toEqual(parts(all));
        for (const [position, chunk] of chunks.entries()) {
          expect(JSON.parse(chunkBody(chunk))).toEqual(chunk.map(({ index }) => all[index]));
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length).toBeLessThanOrEqual(orders);
          if (chunk.length > 1) {
            expect(Buffer.byteLength(chunkBody(chunk))).toBeLessThanOrEqual(bytes);
          }
          const [next] = chunks[position + 1] ?? [];
          if (next !== undefined && chunk.length < orders) {
            expect(Buffer.byteLength(chunkBody([...chunk, next]))).toBeGreaterThan(bytes);
          }
        }
      },
    ),
  );
});

test('the limits are the server’s', () => {
  expect(bulkLimits.orders).toBe(MAX_ORDERS_PER_REQUEST);
});
