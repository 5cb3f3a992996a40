import type { JournalEntries, ReceiverCall } from '../journal.ts';
import type { LoadPlan, PoisonCommand } from '../load/planned-load.ts';
import {
  type HistoryLine,
  identityOf,
  type LetterRow,
  type Observations,
  ORDERS_GROUP,
  type OrderRow,
  type OrdersRecord,
} from './observations.ts';

/** The evidence for the verdicts, indexed for their look-ups. */
export interface Evidence {
  readonly plan: LoadPlan;
  readonly journal: JournalEntries;
  readonly observations: Observations;
  /** Each open dead letter was redriven once after the load had been processed. */
  readonly redriven: boolean;
  /** By order id. Two rows under one id are two orders, which is a violation. */
  readonly rows: ReadonlyMap<string, readonly OrderRow[]>;
  readonly lines: ReadonlyMap<string, readonly HistoryLine[]>;
  /** By id of the order or key of the poison record, sorted by partition and offset. */
  readonly records: ReadonlyMap<string, readonly OrdersRecord[]>;
  /** By the identity of the letter's record. */
  readonly letters: ReadonlyMap<string, readonly LetterRow[]>;
  readonly calls: ReadonlyMap<string, readonly ReceiverCall[]>;
  /** By key. */
  readonly poison: ReadonlyMap<string, PoisonCommand>;
  /** Ids of the planned orders. */
  readonly plannedOrders: ReadonlySet<string>;
  /** Returns whether the group has committed the offset of a record. */
  isCommitted(record: OrdersRecord): boolean;
}

export function indexEvidence(
  plan: LoadPlan,
  journal: JournalEntries,
  observations: Observations,
  redriven: boolean,
): Evidence {
  const commands = [...plan.commands.values()];
  const committed = new Map(
    observations.positions
      .filter(({ group }) => group === ORDERS_GROUP.group)
      .map((position) => [position.partition, position.committed]),
  );
  const byOffset = observations.records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  return {
    plan,
    journal,
    observations,
    redriven,
    rows: Map.groupBy(observations.orders, ({ orderId }) => orderId),
    lines: Map.groupBy(observations.history, ({ orderId }) => orderId),
    records: Map.groupBy(byOffset, ({ key }) => key),
    letters: Map.groupBy(observations.deadLetters, identityOf),
    calls: Map.groupBy(
      journal.calls.toSorted((a, b) => a.beganAt - b.beganAt),
      ({ orderId }) => orderId,
    ),
    poison: new Map(
      commands.flatMap((command) => (command.kind === 'poison' ? [[command.key, command] as const] : [])),
    ),
    plannedOrders: new Set(
      commands.flatMap((command) => (command.kind === 'create' ? [command.order.order_id] : [])),
    ),
    isCommitted: ({ partition, offset }) => offset < (committed.get(partition) ?? 0),
  };
}
