import { contentOf, type OrderCommand, type PlannedCommand } from '../load/planned-load.ts';
import { REJECTION_REASON } from '../receiver.ts';
import type { Evidence } from './evidence.ts';
import { hasEffect } from './expected-effect.ts';
import type { OrderRow, OrdersRecord } from './observations.ts';

/** Finds acknowledged commands with no effect or a wrong effect. */
export function findLost(evidence: Evidence): string[] {
  const commands = [...evidence.plan.commands.values()];
  return [
    ...commands
      .filter(({ id }) => !evidence.journal.acknowledged.has(id))
      .map(({ id }) => `${id}: never acknowledged`),
    ...commands
      .filter(({ id }) => evidence.journal.acknowledged.has(id))
      .flatMap((command) => withId(command.id, whatIsLost(command, evidence))),
    ...evidence.observations.orders.flatMap((row) => withId(row.orderId, wrongEnd(row, evidence))),
  ];
}

const withId = (id: string, what: string | undefined): string[] =>
  what === undefined ? [] : [`${id}: ${what}`];

function whatIsLost(command: PlannedCommand, evidence: Evidence): string | undefined {
  switch (command.kind) {
    case 'cancel': {
      const eventId = evidence.journal.acknowledged.get(command.id)?.eventId;
      const hasLine = (evidence.lines.get(command.orderId) ?? []).some((line) => line.eventId === eventId);
      return hasLine ? undefined : 'acknowledged, but missing in the history of its order';
    }
    case 'plain cancel': {
      const { orderId, eventType } = command;
      const records = evidence.records.get(orderId) ?? [];
      return whatIsMissing(
        records.filter((record) => record.eventType === eventType),
        evidence,
      );
    }
    case 'poison':
      return whatIsMissing(evidence.records.get(command.key) ?? [], evidence);
    default:
      return whatOfOrderIsLost(command, evidence);
  }
}

function whatOfOrderIsLost({ kind, order }: OrderCommand, evidence: Evidence): string | undefined {
  if (!evidence.rows.has(order.order_id)) {
    return 'acknowledged, but not stored';
  }
  const content = contentOf(order);
  const records = (evidence.records.get(order.order_id) ?? []).filter((record) => record.content === content);
  const sent = new Set(records.map(({ eventId }) => eventId)).size;
  return kind === 'repeat' && sent === 1
    ? 'acknowledged, but only the first of two records is in Kafka'
    : whatIsMissing(records, evidence);
}

function whatIsMissing(records: readonly OrdersRecord[], evidence: Evidence): string | undefined {
  if (records.length === 0) {
    return 'acknowledged, but not in Kafka';
  }
  return records.some((record) => hasEffect(record, evidence))
    ? undefined
    : 'acknowledged, but without its dead letter';
}

/** The receiver's decision determines the final status of an order. */
function wrongEnd(
  { orderId, content, status, statusReason }: OrderRow,
  evidence: Evidence,
): string | undefined {
  if (status !== 'COMPLETED' && status !== 'FAILED') {
    return undefined;
  }
  const effects = (evidence.calls.get(orderId) ?? []).flatMap(({ effect }) => effect ?? []);
  const decided = effects[0];
  if (decided === undefined) {
    return `${status}, but the receiver has not decided`;
  }
  if (status !== (decided.status === 200 ? 'COMPLETED' : 'FAILED')) {
    return `${status}, but the receiver decided ${decided.status}`;
  }
  if (status === 'FAILED' && statusReason !== REJECTION_REASON) {
    return `FAILED because of “${statusReason}”, but the receiver answered “${REJECTION_REASON}”`;
  }
  return decided.content === content ? undefined : 'stored content differs from that of the call';
}
