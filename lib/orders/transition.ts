import type { Decision, Fulfilment } from '../fulfilment/rules.ts';
import { cleanMessage } from './clean-message.ts';
import type { CancelOrder, CreateOrder, DeadLetter, OrderCommand } from './command.ts';
import type { OrderContent, OrderStatus, StoredOrder } from './order.ts';

/** A line of an order's history: one per command that changed it or was refused by its state. */
export interface HistoryEntry {
  readonly orderId: string;
  /** What makes it unique: the identity of the command. */
  readonly eventId: string;
  readonly eventType: OrderCommand['type'];
  /** `null`: the command was refused, and the order stayed as it was. */
  readonly version: number | null;
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Something that somebody asked for who may not: without effect, but not without a trace. */
export interface AuditEntry {
  readonly eventId: string;
  readonly action: 'order.cancel_ignored';
  /** The customer on whose behalf it was asked. */
  readonly actor: string;
  readonly orderId: string;
  readonly at: number;
}

/** What commands did to one order: its state after them, and what they leave behind. */
export interface OrderOutcome {
  readonly order: StoredOrder | undefined;
  readonly history: readonly HistoryEntry[];
  readonly audit: readonly AuditEntry[];
  readonly deadLetters: readonly DeadLetter[];
}

/** What one command does; nothing at all if the order is already as it asks for. */
interface Effect {
  readonly order?: StoredOrder;
  readonly history?: HistoryEntry;
  readonly audit?: AuditEntry;
  readonly deadLetter?: DeadLetter;
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
  fulfilment: Fulfilment,
  now: number,
): OrderOutcome {
  let order = stored;
  const known = new Set(knownEventIds);
  const effects: Effect[] = [];

  for (const command of commands) {
    if (known.has(command.eventId)) {
      continue;
    }
    const effect =
      command.type === 'order.created'
        ? create(order, command, fulfilment, now)
        : cancel(order, command, now);
    effects.push(effect);
    order = effect.order ?? order;
    if (effect.history) {
      known.add(command.eventId);
    }
  }
  return {
    order,
    history: effects.flatMap(({ history }) => history ?? []),
    audit: effects.flatMap(({ audit }) => audit ?? []),
    deadLetters: effects.flatMap(({ deadLetter }) => deadLetter ?? []),
  };
}

function create(
  stored: StoredOrder | undefined,
  command: CreateOrder,
  fulfilment: Fulfilment,
  now: number,
): Effect {
  if (stored !== undefined) {
    return sameContent(stored, command.content)
      ? {}
      : refuse(
          command,
          'order_id_conflict',
          `order ${command.orderId} exists already with other content; the first one stands`,
        );
  }
  let decision: Decision;
  try {
    decision = fulfilment(command.content);
  } catch (error) {
    // Rules are other people's code: an order that they fail on must not hold up the others.
    const reason = Error.isError(error) ? error.message : error;
    return refuse(command, 'internal_error', `the fulfilment rules failed: ${reason}`);
  }
  const order: StoredOrder = {
    ...command.content,
    status: decision.status,
    statusReason: decision.status === 'FAILED' ? cleanMessage(decision.reason) : null,
    version: 1,
    updatedAt: now,
  };
  return { order, history: historyOf(order, command) };
}

/** A cancel wins only while the order has not ended. */
function cancel(stored: StoredOrder | undefined, command: CancelOrder, now: number): Effect {
  if (stored === undefined) {
    return refuse(command, 'order_unknown', `there is no order ${command.orderId} to cancel`);
  }
  // Clocks of two processes differ; a history does not go back in time.
  const at = Math.max(now, stored.updatedAt);
  if (command.customerId !== null && command.customerId !== stored.customerId) {
    const { eventId, orderId, customerId: actor } = command;
    return { audit: { eventId, action: 'order.cancel_ignored', actor, orderId, at } };
  }
  if (stored.status !== 'PROCESSING') {
    const refusal = {
      ...historyOf(stored, command),
      version: null,
      statusReason: `too late to cancel: the order is ${stored.status}`,
      at,
    };
    return { history: refusal };
  }
  const order: StoredOrder = {
    ...stored,
    status: 'CANCELLED',
    statusReason: 'cancelled on request',
    version: stored.version + 1,
    updatedAt: at,
  };
  return { order, history: historyOf(order, command) };
}

function historyOf(order: StoredOrder, command: OrderCommand): HistoryEntry {
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

function refuse({ record }: OrderCommand, code: DeadLetter['code'], message: string): Effect {
  return { deadLetter: { code, message: cleanMessage(message), record } };
}
