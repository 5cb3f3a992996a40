import type { ReceiverCall } from '../journal.ts';
import type { Evidence } from './evidence.ts';
import { OUTCOME_TYPES } from './history-types.ts';
import type { HistoryLine } from './observations.ts';

/** The lease of an attempt: only after a pause longer than it may calls for one order overlap. */
const LEASE_MS = 30_000;
/** What the clocks of a worker and of the receiver may differ by, and a call may take to arrive. */
const CLOCKS_DIFFER_BY_MS = 1_000;
/** Ends and beginnings that the receiver sees at the same moment come in no order. */
const SAME_MOMENT_MS = 250;

/** Calls that break what the receiver was promised. */
export function findCallFaults({ calls, lines }: Evidence): string[] {
  return [...calls].flatMap(([orderId, ofOrder]) =>
    [
      ...ofOrder.flatMap((call, index) => [
        ...faultsOf(call),
        ...overlapsWith(call, ofOrder.slice(0, index)),
      ]),
      ...callsAfterEnd(ofOrder, lines.get(orderId) ?? []),
    ].map((what) => `${orderId || 'a call'}: ${what}`),
  );
}

function faultsOf({ orderId, isSigned, idempotencyKey }: ReceiverCall): string[] {
  return [
    ...(isSigned ? [] : ['the call is not signed']),
    ...(idempotencyKey === orderId ? [] : [`the call has the key ${idempotencyKey}`]),
  ];
}

function overlapsWith(call: ReceiverCall, earlier: readonly ReceiverCall[]): string[] {
  const isOverlap = ({ beganAt, endedAt }: ReceiverCall): boolean =>
    (endedAt === null || endedAt - call.beganAt > SAME_MOMENT_MS) && call.beganAt - beganAt < LEASE_MS;
  return earlier.some(isOverlap) ? ['was called while a call for it was under way'] : [];
}

/** A worker that was frozen may make the call that it had begun to make: one, soon after somebody else's outcome. */
function callsAfterEnd(calls: readonly ReceiverCall[], lines: readonly HistoryLine[]): string[] {
  const endedAt = lines.find(({ eventType }) => OUTCOME_TYPES.has(eventType))?.at ?? Number.POSITIVE_INFINITY;
  return calls
    .filter(({ beganAt }) => beganAt - endedAt > CLOCKS_DIFFER_BY_MS)
    .filter(({ beganAt }, index) => index > 0 || beganAt - endedAt > LEASE_MS)
    .map(() => 'was called after it had ended');
}
