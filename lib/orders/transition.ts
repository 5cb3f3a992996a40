import { sanitizeMessage } from '../errors/orderly-error.ts';
import {
  type CancelOrder,
  type CreateOrder,
  type DeadLetter,
  type KafkaRecord,
  letterIdentity,
  type OrderCommand,
  type RetryOrder,
} from './command.ts';
import type { FulfilmentPolicy, InitialStatus } from './fulfilment-rules.ts';
import type { OrderContent, OrderStatus, StoredOrder } from './order.ts';

/** The event of a history entry: a command, or the outcome of the fulfilment by webhook. */
export type HistoryEventType =
  | OrderCommand['type']
  | 'order.fulfilled'
  | 'order.fulfilment_refused'
  | 'order.attempts_exhausted';

/** An entry of an order's history: a command that changed the order or was rejected by its state, or an outcome. */
export interface HistoryEntry {
  readonly orderId: string;
  /** The identity of the entry: the event id of the command, or the lease token of the attempt. */
  readonly eventId: string;
  readonly eventType: HistoryEventType;
  /** `null`: the command was rejected and the order did not change. */
  readonly version: number | null;
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** An unauthorised request: no effect, recorded in the audit log. */
export interface AuditEntry {
  readonly eventId: string;
  readonly action: 'order.cancel_ignored';
  /** The customer who made the request. */
  readonly actor: string;
  readonly orderId: string;
  readonly at: number;
}

/** An order whose row is locked by this transaction. */
export interface LockedOrder extends StoredOrder {
  /** The number of calls made for the fulfilment by webhook; absent when the fulfilment is settled. */
  readonly callsBegun?: number;
}

/** The effects of commands on one order: its new state and the entries to write. */
export interface OrderOutcome {
  readonly order: LockedOrder | undefined;
  /** The record of the command that created the order, if one of these commands did. */
  readonly createdBy?: KafkaRecord;
  readonly history: readonly HistoryEntry[];
  readonly audit: readonly AuditEntry[];
  readonly deadLetters: readonly DeadLetter[];
}

/** The effect of one command. It is empty if the command changes nothing. */
interface Effect {
  readonly order?: LockedOrder;
  readonly history?: HistoryEntry;
  readonly audit?: AuditEntry;
  readonly deadLetter?: DeadLetter;
}

/**
 * Applies the commands of one order, in their order, to its stored state (`undefined`: not stored). Pure: the
 * outcome does not depend on how the commands were split into batches. `knownEventIds` are the event ids in the
 * order's history: cancels and retries with these ids already took effect and change nothing.
 */
export function applyCommands(
  stored: LockedOrder | undefined,
  knownEventIds: ReadonlySet<string>,
  commands: readonly OrderCommand[],
  fulfilment: FulfilmentPolicy,
  now: number,
): OrderOutcome {
  let order = stored;
  let createdBy: KafkaRecord | undefined;
  const known = new Set(knownEventIds);
  const rejected = new Set<string>();
  const effects: Effect[] = [];

  for (const command of commands) {
    // The content decides whether a create is a repeat: its event id may be that of another command.
    const isKnown = command.type !== 'order.created' && known.has(command.eventId);
    if (isKnown || (rejected.size > 0 && rejected.has(letterIdentity(command)))) {
      continue;
    }
    const effect = apply(order, command, fulfilment, now);
    effects.push(effect);
    if (order === undefined && effect.order) {
      createdBy = command.record;
    }
    order = effect.order ?? order;
    if (effect.history) {
      known.add(command.eventId);
    }
    // A command that came before its order stays a dead letter, even if the order exists at its redelivery.
    if (effect.deadLetter && command.type !== 'order.created') {
      rejected.add(letterIdentity(command));
    }
  }
  return {
    order,
    ...(createdBy && { createdBy }),
    history: effects.flatMap(({ history }) => history ?? []),
    audit: effects.flatMap(({ audit }) => audit ?? []),
    deadLetters: effects.flatMap(({ deadLetter }) => deadLetter ?? []),
  };
}

function apply(
  order: LockedOrder | undefined,
  command: OrderCommand,
  fulfilment: FulfilmentPolicy,
  now: number,
): Effect {
  switch (command.type) {
    case 'order.created':
      return create(order, command, fulfilment, now);
    case 'order.cancel_requested':
      return cancel(order, command, now);
    case 'order.retry_requested':
      return retry(order, command, now);
  }
}

function create(
  stored: StoredOrder | undefined,
  command: CreateOrder,
  fulfilment: FulfilmentPolicy,
  now: number,
): Effect {
  if (stored !== undefined) {
    return sameContent(stored, command.content)
      ? {}
      : deadLetter(
          command,
          'order_id_conflict',
          `order ${command.orderId} already exists with different content; the first one is kept`,
        );
  }
  let initial: InitialStatus;
  try {
    initial = fulfilment(command.content);
  } catch (error) {
    // Users write the rules. An order on which they fail must not block the others.
    const reason = Error.isError(error) ? error.message : error;
    return deadLetter(command, 'internal_error', `the fulfilment rules failed: ${reason}`);
  }
  const order: StoredOrder = {
    ...command.content,
    status: initial.status,
    statusReason: initial.status === 'FAILED' ? sanitizeMessage(initial.reason) : null,
    version: 1,
    updatedAt: now,
  };
  return { order, history: historyEntry(order, command) };
}

/** Cancels an order in PROCESSING, unless the receiver has already been called to fulfil it. */
function cancel(stored: LockedOrder | undefined, command: CancelOrder, now: number): Effect {
  if (stored === undefined) {
    return deadLetter(command, 'order_unknown', `there is no order ${command.orderId} to cancel`);
  }
  if (command.customerId !== null && command.customerId !== stored.customerId) {
    const { eventId, orderId, customerId: actor } = command;
    const at = notEarlierThan(stored, now);
    return { audit: { eventId, action: 'order.cancel_ignored', actor, orderId, at } };
  }
  if (stored.status !== 'PROCESSING') {
    return recordRejection(stored, command, `too late to cancel: the order is ${stored.status}`, now);
  }
  if (stored.callsBegun !== undefined && stored.callsBegun > 0) {
    return recordRejection(stored, command, 'too late to cancel: the fulfilment of the order has begun', now);
  }
  return change(stored, command, 'CANCELLED', 'cancelled on request', now);
}

/** Restarts a fulfilment whose attempts are exhausted, if the order has not changed since the request. */
function retry(stored: LockedOrder | undefined, command: RetryOrder, now: number): Effect {
  if (stored === undefined) {
    return deadLetter(command, 'order_unknown', `there is no order ${command.orderId} to retry`);
  }
  if (stored.version !== command.expectedVersion) {
    const reason = `not retried: the order is at version ${stored.version}, not ${command.expectedVersion}`;
    return recordRejection(stored, command, reason, now);
  }
  if (stored.status !== 'FAILED' || stored.callsBegun === undefined) {
    return recordRejection(stored, command, 'not retried: the attempts of the order are not exhausted', now);
  }
  return change(stored, command, 'PROCESSING', null, now);
}

function change(
  stored: LockedOrder,
  command: OrderCommand,
  status: OrderStatus,
  statusReason: string | null,
  now: number,
): Effect {
  const version = stored.version + 1;
  const order = { ...stored, status, statusReason, version, updatedAt: notEarlierThan(stored, now) };
  return { order, history: historyEntry(order, command) };
}

/** Adds a history entry and changes nothing else. */
function recordRejection(
  stored: LockedOrder,
  command: OrderCommand,
  statusReason: string,
  now: number,
): Effect {
  return {
    history: {
      ...historyEntry(stored, command),
      version: null,
      statusReason,
      at: notEarlierThan(stored, now),
    },
  };
}

/** The clocks of two processes differ. The times of a history must not decrease. */
const notEarlierThan = (stored: StoredOrder, now: number): number => Math.max(now, stored.updatedAt);

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

/** Compares the fields that a client sets. The same order sent again is no conflict. */
function sameContent(stored: OrderContent, again: OrderContent): boolean {
  return (
    stored.customerId === again.customerId &&
    stored.productId === again.productId &&
    stored.quantity === again.quantity &&
    stored.priceCents === again.priceCents
  );
}

function deadLetter({ record }: OrderCommand, code: DeadLetter['code'], message: string): Effect {
  return { deadLetter: { code, message: sanitizeMessage(message), record } };
}
