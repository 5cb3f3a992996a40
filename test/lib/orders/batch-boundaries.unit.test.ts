import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DeadLetter, type KafkaRecord, letterIdentity } from '../../../lib/orders/command.ts';
import { eventIdOf } from '../../../lib/orders/ids.ts';
import {
  type AuditEntry,
  applyCommands,
  type HistoryEntry,
  type LockedOrder,
} from '../../../lib/orders/transition.ts';
import { decodeBatch } from '../../../lib/processing/process-batch.ts';
import { deliver, deliveries, recordPlans, recordsOfRun } from '../../support/order-records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');

interface Stored {
  readonly orders: Map<string, LockedOrder>;
  readonly history: HistoryEntry[];
  readonly audit: Map<string, AuditEntry>;
  readonly letters: Map<string, DeadLetter>;
}

const identityOf = (record: KafkaRecord): string => letterIdentity({ eventId: eventIdOf(record), record });

/** Applies a batch as the store does, in memory. */
function store(stored: Stored, batch: readonly KafkaRecord[], isWebhook: boolean): void {
  const { orders, deadLetters } = decodeBatch(batch);
  const letters = [...deadLetters];
  for (const { orderId, commands } of orders) {
    const outcome = applyCommands(
      stored.orders.get(orderId),
      new Set(stored.history.filter((line) => line.orderId === orderId).map(({ eventId }) => eventId)),
      commands.filter(
        ({ type, record }) => type === 'order.created' || !stored.letters.has(identityOf(record)),
      ),
      () => ({ status: isWebhook ? 'PROCESSING' : 'COMPLETED' }),
      now,
    );
    if (outcome.order) {
      stored.orders.set(orderId, outcome.order);
    }
    stored.history.push(...outcome.history);
    for (const entry of outcome.audit) {
      stored.audit.set(JSON.stringify(entry), entry);
    }
    letters.push(...outcome.deadLetters);
  }
  for (const letter of letters) {
    const identity = identityOf(letter.record);
    stored.letters.set(identity, stored.letters.get(identity) ?? letter);
  }
}

const sorted = (rows: Iterable<unknown>): string[] => [...rows].map((row) => JSON.stringify(row)).sort();

test('the outcome does not depend on how records are split into batches and which batches are delivered again', () => {
  const givenUp = fc.subarray([0, 1]);
  fc.assert(
    fc.property(recordPlans, deliveries, fc.boolean(), givenUp, (plans, batches, isWebhook, before) => {
      const records = recordsOfRun('run', plans);
      const outcomeOf = (delivered: readonly KafkaRecord[][]): Stored => {
        const stored: Stored = { orders: new Map(), history: [], audit: new Map(), letters: new Map() };
        for (const order of before) {
          stored.orders.set(`run-${order}`, anOrderGivenUp(`run-${order}`));
        }
        for (const batch of delivered) {
          store(stored, batch, isWebhook);
        }
        return stored;
      };

      const whole = outcomeOf([records]);
      const parts = outcomeOf(deliver(records, batches));

      expect(sorted(parts.orders)).toEqual(sorted(whole.orders));
      expect(sorted(parts.history)).toEqual(sorted(whole.history));
      expect(sorted(parts.audit.keys())).toEqual(sorted(whole.audit.keys()));
      expect(sorted(parts.letters)).toEqual(sorted(whole.letters));
      for (const { orderId, version } of whole.orders.values()) {
        const versions = whole.history.flatMap((line) =>
          line.orderId === orderId && line.version !== null ? [line.version] : [],
        );
        expect(versions).toEqual(versions.map((_, index) => version - versions.length + 1 + index));
      }
    }),
    { numRuns: 2_000 },
  );
});

/** An order whose attempts were exhausted after twelve calls, so that a retry takes effect. */
const anOrderGivenUp = (orderId: string): LockedOrder => ({
  orderId,
  customerId: 'customer-1',
  productId: 'product-1',
  quantity: 1,
  priceCents: 1000,
  totalCents: 1000,
  createdAt: 0,
  status: 'FAILED',
  statusReason: 'no answer',
  version: 2,
  updatedAt: 0,
  callsBegun: 12,
});
