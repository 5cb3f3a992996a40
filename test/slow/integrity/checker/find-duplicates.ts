import { endStatuses } from '../../../../lib/orders/order.ts';
import type { Evidence } from './evidence.ts';
import { OUTCOME_TYPES } from './history-types.ts';
import type { HistoryLine, OrderRow } from './observations.ts';

/** Finds effects that occurred more than once, or that no command requested. */
export function findDuplicates(evidence: Evidence): string[] {
  const orderIds = new Set([...evidence.rows.keys(), ...evidence.lines.keys(), ...evidence.calls.keys()]);
  return [...orderIds].flatMap((orderId) =>
    [
      ...duplicateRows(orderId, evidence),
      ...duplicateLines(evidence.lines.get(orderId) ?? []),
      ...unexplainedLines(orderId, evidence),
      ...brokenVersions(evidence.rows.get(orderId)?.[0], evidence.lines.get(orderId) ?? []),
      ...duplicateEffects(orderId, evidence),
    ].map((what) => `${orderId}: ${what}`),
  );
}

function duplicateRows(orderId: string, { rows, plannedOrders }: Evidence): string[] {
  const count = rows.get(orderId)?.length ?? 0;
  return [
    ...(count > 1 ? [`is stored ${count} times`] : []),
    ...(plannedOrders.has(orderId) ? [] : ['no client sent it']),
  ];
}

function duplicateLines(lines: readonly HistoryLine[]): string[] {
  const byEvent = Map.groupBy(lines, ({ eventId }) => eventId);
  const isOutcome = ({ eventType }: HistoryLine): boolean => OUTCOME_TYPES.has(eventType);
  const outcomes = lines.filter(isOutcome).length;
  const creations = lines.filter(({ eventType }) => eventType === 'order.created').length;
  return [
    ...[...byEvent]
      .filter(([, same]) => same.length > 1)
      .map(([eventId, same]) => `command ${eventId} took effect ${same.length} times`),
    ...(outcomes > 1 ? [`ended ${outcomes} times`] : []),
    ...(creations > 1 ? [`was created ${creations} times`] : []),
  ];
}

/** Each entry must name a command on the topic or an outcome. A command under a second id is a second effect. */
function unexplainedLines(orderId: string, { lines, records }: Evidence): string[] {
  const commands = new Set(
    (records.get(orderId) ?? []).map(({ eventType, eventId }) => `${eventType} ${eventId}`),
  );
  return (lines.get(orderId) ?? [])
    .filter(({ eventType }) => !OUTCOME_TYPES.has(eventType))
    .map(({ eventType, eventId }) => `${eventType} ${eventId}`)
    .filter((command) => !commands.has(command))
    .map((command) => `its history has ${command}, which is not a record on the topic`);
}

/** Versions count from 1 without a gap, the last one is the order's, and no status follows a final one. */
function brokenVersions(row: OrderRow | undefined, lines: readonly HistoryLine[]): string[] {
  const changes = lines
    .flatMap(({ version, status }) => (version === null ? [] : [{ version, status }]))
    .sort((a, b) => a.version - b.version);
  const versions = changes.map(({ version }) => version);
  if (versions.some((version, index) => version !== index + 1)) {
    return [`its versions are ${versions.join(', ')}`];
  }
  if (changes.slice(0, -1).some(({ status }) => endStatuses.has(status))) {
    return [`it changed after its final status: ${changes.map(({ status }) => status).join(', ')}`];
  }
  const last = changes.at(-1);
  return row === undefined || (row.version === last?.version && row.status === last.status)
    ? []
    : [
        `is ${row.status} at version ${row.version}, but its history ends with ${last?.status} at ${last?.version}`,
      ];
}

/** The receiver must see one effect under one key with one content. */
function duplicateEffects(orderId: string, { calls }: Evidence): string[] {
  const effects = (calls.get(orderId) ?? []).flatMap(({ effect, idempotencyKey }) =>
    effect === null ? [] : [`${effect.status} for ${effect.content} under ${idempotencyKey}`],
  );
  const different = [...new Set(effects)];
  return different.length > 1 ? [`the receiver has different effects: ${different.join('; ')}`] : [];
}
