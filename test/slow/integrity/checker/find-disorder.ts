import type { Evidence } from './evidence.ts';
import { firstCreate } from './expected-effect.ts';
import { type HistoryLine, identityOf, type OrdersRecord } from './observations.ts';

/** Finds commands of one order that did not take effect in the order of their offsets. */
export function findDisorder(evidence: Evidence): string[] {
  return [...cancelsWithoutRace(evidence), ...disorderOfKeys(evidence)];
}

function disorderOfKeys(evidence: Evidence): string[] {
  return [...evidence.records].flatMap(([key, records]) =>
    [
      ...severalPartitions(records),
      ...wrongFirst(key, records, evidence),
      ...linesAgainstOffsets(records, evidence.lines.get(key) ?? []),
      ...lateCancel(key, evidence),
      ...earlyRejection(key, evidence),
      ...redrivenAgainstOffsets(records, evidence),
    ].map((what) => `${key}: ${what}`),
  );
}

function severalPartitions(records: readonly OrdersRecord[]): string[] {
  const partitions = new Set(records.map(({ partition }) => partition));
  return partitions.size > 1 ? [`its records are on the partitions ${[...partitions].join(', ')}`] : [];
}

/** The create with the lowest offset is stored, and its entry is the first one. */
function wrongFirst(key: string, records: readonly OrdersRecord[], { rows, lines }: Evidence): string[] {
  const first = firstCreate(records);
  const row = rows.get(key)?.[0];
  if (first === undefined || row === undefined) {
    return [];
  }
  if (row.content !== first.content) {
    return ['the stored content is not of the first create'];
  }
  const created = (lines.get(key) ?? []).find(({ version }) => version === 1);
  return created?.eventId === first.eventId ? [] : ['its first version is not from the first create'];
}

/** The times in a history must rise with the offsets of its commands, and with its versions. */
function linesAgainstOffsets(records: readonly OrdersRecord[], lines: readonly HistoryLine[]): string[] {
  const offsets = new Map(records.toReversed().map(({ eventId, offset }) => [eventId, offset]));
  const byOffset = lines
    .flatMap(({ eventId, at }) => ({ place: offsets.get(eventId), at }))
    .flatMap(({ place, at }) => (place === undefined ? [] : [{ place, at }]));
  const byVersion = lines.flatMap(({ version, at }) => (version === null ? [] : [{ place: version, at }]));
  return [
    ...(isRising(byOffset) ? [] : ['a later command took effect before an earlier one']),
    ...(isRising(byVersion) ? [] : ['a later version is older than an earlier one']),
  ];
}

const isRising = (steps: readonly { place: number; at: number }[]): boolean =>
  steps
    .toSorted((a, b) => a.place - b.place)
    .every(({ at }, index, sorted) => at >= (sorted[index - 1]?.at ?? at));

/** A cancel and the first call race. Either may win, never both. */
function lateCancel(key: string, { rows, calls }: Evidence): string[] {
  const isCancelled = rows.get(key)?.[0]?.status === 'CANCELLED';
  return isCancelled && calls.has(key) ? ['is CANCELLED although a fulfilment call was made'] : [];
}

/** The lease of a killed worker blocks cancels until it expires; an outage may last as long again. */
const FIRST_CALL_WITHIN_MS = 60_000;

/**
 * A cancel may be rejected only because of a call, a worker that leases the order, or an earlier copy of the cancel.
 */
function earlyRejection(key: string, { rows, lines, calls }: Evidence): string[] {
  if (rows.get(key)?.[0]?.status === 'CANCELLED') {
    return [];
  }
  const calledAt = calls.get(key)?.[0]?.beganAt ?? Number.POSITIVE_INFINITY;
  return (lines.get(key) ?? [])
    .filter(({ eventType, version }) => eventType === 'order.cancel_requested' && version === null)
    .filter(({ at }) => calledAt - at > FIRST_CALL_WITHIN_MS)
    .map(() => 'a cancel was rejected long before the first fulfilment call');
}

/** With at least this many cancels by the API, some must be accepted and some rejected. */
const MANY_CANCELS = 100;

function cancelsWithoutRace({ plan, journal, observations }: Evidence): string[] {
  const planned = [...plan.commands.values()].filter(({ kind }) => kind === 'cancel');
  const eventIds = new Set(planned.map(({ id }) => journal.acknowledged.get(id)?.eventId));
  const lines = observations.history.filter(({ eventId }) => eventIds.has(eventId));
  const none = `none of ${planned.length} cancels was`;
  return planned.length < MANY_CANCELS
    ? []
    : [
        ...(lines.some(({ version }) => version !== null) ? [] : [`${none} accepted`]),
        ...(lines.some(({ version }) => version === null) ? [] : [`${none} rejected`]),
      ];
}

/** Redriven dead letters return in their original order. */
function redrivenAgainstOffsets(records: readonly OrdersRecord[], { letters, redriven }: Evidence): string[] {
  const returns = [...Map.groupBy(records, identityOf)] // sorted by the first record of each
    .filter(([identity]) => letters.has(identity))
    .flatMap(([, same]) => same.at(-1)?.offset ?? []);
  return !redriven || returns.every((offset, index) => offset >= (returns[index - 1] ?? offset))
    ? []
    : ['its dead letters were redriven in another sequence'];
}
