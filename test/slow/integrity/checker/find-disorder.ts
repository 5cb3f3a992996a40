import type { Evidence } from './evidence.ts';
import { firstCreate } from './expected-effect.ts';
import { type HistoryLine, identityOf, type OrdersRecord } from './observations.ts';

/** Commands of one order that took effect otherwise than in the order of their offsets. */
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
      ...earlyRefusal(key, evidence),
      ...redrivenAgainstOffsets(records, evidence),
    ].map((what) => `${key}: ${what}`),
  );
}

function severalPartitions(records: readonly OrdersRecord[]): string[] {
  const partitions = new Set(records.map(({ partition }) => partition));
  return partitions.size > 1 ? [`its records are on the partitions ${[...partitions].join(', ')}`] : [];
}

/** The create with the lowest offset stands, and its line comes before all others. */
function wrongFirst(key: string, records: readonly OrdersRecord[], { rows, lines }: Evidence): string[] {
  const first = firstCreate(records);
  const row = rows.get(key)?.[0];
  if (first === undefined || row === undefined) {
    return [];
  }
  if (row.content !== first.content) {
    return ['what is stored is not what came first'];
  }
  const created = (lines.get(key) ?? []).find(({ version }) => version === 1);
  return created?.eventId === first.eventId
    ? []
    : ['its first version is not of the command that came first'];
}

/** The times of a history's commands must not run against their offsets; nor those of its versions. */
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
  return isCancelled && calls.has(key) ? ['is CANCELLED although it was fulfilled or about to be'] : [];
}

/** A worker that had the order and was killed refuses cancels until its lease ends; an outage may last as long again. */
const FIRST_CALL_WITHIN_MS = 60_000;

/** A cancel may lose against a call only, against a worker that is about to make one, or against itself, sent again. */
function earlyRefusal(key: string, { rows, lines, calls }: Evidence): string[] {
  if (rows.get(key)?.[0]?.status === 'CANCELLED') {
    return [];
  }
  const calledAt = calls.get(key)?.[0]?.beganAt ?? Number.POSITIVE_INFINITY;
  return (lines.get(key) ?? [])
    .filter(({ eventType, version }) => eventType === 'order.cancel_requested' && version === null)
    .filter(({ at }) => calledAt - at > FIRST_CALL_WITHIN_MS)
    .map(() => 'a cancel was refused long before anybody was about to fulfil it');
}

/** With at least this many cancels by the API some must win and some must lose, else they prove nothing. */
const MANY_CANCELS = 100;

function cancelsWithoutRace({ plan, journal, observations }: Evidence): string[] {
  const planned = [...plan.commands.values()].filter(({ kind }) => kind === 'cancel');
  const eventIds = new Set(planned.map(({ id }) => journal.acknowledged.get(id)?.eventId));
  const lines = observations.history.filter(({ eventId }) => eventIds.has(eventId));
  const of = `of ${planned.length} cancels none`;
  return planned.length < MANY_CANCELS
    ? []
    : [
        ...(lines.some(({ version }) => version !== null) ? [] : [`${of} has won`]),
        ...(lines.some(({ version }) => version === null) ? [] : [`${of} was refused`]),
      ];
}

/** Dead letters that were redriven come back in the order in which they came first. */
function redrivenAgainstOffsets(records: readonly OrdersRecord[], { letters, redriven }: Evidence): string[] {
  const returns = [...Map.groupBy(records, identityOf)] // in the order of their first records
    .filter(([identity]) => letters.has(identity))
    .flatMap(([, same]) => same.at(-1)?.offset ?? []);
  return !redriven || returns.every((offset, index) => offset >= (returns[index - 1] ?? offset))
    ? []
    : ['its dead letters were redriven in another order'];
}
