import type { FulfilmentRules, Outcome } from '../fulfilment/rules.ts';
import { cleanMessage } from './clean-message.ts';
import type { DeadLetter, OrderCommand } from './command.ts';
import type { OrderContent, OrderStatus, StoredOrder } from './order.ts';

/** A line of an order's history: one per command that changed it, with the identity that makes it unique. */
export interface HistoryEntry {
  readonly orderId: string;
  readonly eventId: string;
  readonly eventType: OrderCommand['type'];
  readonly version: number;
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What commands did to one order: its state after them, and what they leave behind. */
export interface OrderOutcome {
  readonly order: StoredOrder | undefined;
  readonly history: readonly HistoryEntry[];
  readonly deadLetters: readonly DeadLetter[];
}

/**
 * Applies commands of one order, in their order, to what is stored of it (`undefined`: nothing yet). Pure;
 * the outcome does not depend on how commands were cut into batches. `knownEventIds` are the identities in
 * the order's history: those commands took effect already and change nothing.
 */
export function applyCommands(
  stored: StoredOrder | undefined,
  knownEventIds: ReadonlySet<string>,
  commands: readonly OrderCommand[],
  rules: FulfilmentRules,
  now: number,
): OrderOutcome {
  let order = stored;
  const known = new Set(knownEventIds);
  const history: HistoryEntry[] = [];
  const deadLetters: DeadLetter[] = [];

  for (const command of commands) {
    if (known.has(command.eventId)) {
      continue;
    }
    if (order === undefined) {
      const outcome = decide(command, rules);
      if ('code' in outcome) {
        deadLetters.push(outcome);
        continue;
      }
      order = create(command.content, outcome, now);
      history.push(historyEntry(order, command));
      known.add(command.eventId);
    } else if (!sameContent(order, command.content)) {
      deadLetters.push(conflict(command));
    }
  }
  return { order, history, deadLetters };
}

/** Rules are other people's code: an order that they fail on must not hold up the others. */
function decide(command: OrderCommand, rules: FulfilmentRules): Outcome | DeadLetter {
  try {
    return rules(command.content);
  } catch (error) {
    const message = cleanMessage(
      `the fulfilment rules failed: ${Error.isError(error) ? error.message : error}`,
    );
    return { code: 'internal_error', message, record: command.record };
  }
}

function create(content: OrderContent, outcome: Outcome, now: number): StoredOrder {
  return {
    ...content,
    status: outcome.status,
    statusReason: outcome.status === 'FAILED' ? cleanMessage(outcome.reason) : null,
    version: 1,
    updatedAt: now,
  };
}

function historyEntry(order: StoredOrder, command: OrderCommand): HistoryEntry {
  return {
    orderId: order.orderId,
    eventId: command.eventId,
    eventType: command.type,
    version: order.version,
    status: order.status,
    statusReason: order.statusReason,
    at: order.updatedAt,
  };
}

/** Fields that the server sets (times, total) never count: the same order sent again is no conflict. */
function sameContent(stored: OrderContent, again: OrderContent): boolean {
  return (
    stored.customerId === again.customerId &&
    stored.productId === again.productId &&
    stored.quantity === again.quantity &&
    stored.priceCents === again.priceCents
  );
}

function conflict(command: OrderCommand): DeadLetter {
  return {
    code: 'order_id_conflict',
    message: `order ${command.content.orderId} exists already with other content; the first one stands`,
    record: command.record,
  };
}
