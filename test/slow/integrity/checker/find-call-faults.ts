import type { ReceiverCall } from '../journal.ts';
import type { Evidence } from './evidence.ts';
import { OUTCOME_TYPES } from './history-types.ts';
import type { HistoryLine } from './observations.ts';

/** The lease of an attempt. Calls for one order may overlap only when the first began more than a lease earlier. */
const LEASE_MS = 30_000;
/** Allowance for the clock difference between worker and receiver, and for the transit of a call. */
const CLOCKS_DIFFER_BY_MS = 1_000;
/** The order of starts and ends within this time is not significant. */
const SAME_MOMENT_MS = 250;

/** Finds calls that break the guarantees for the receiver. */
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

/** A call that was sent before the other one began, and is handled later, is no overlap: its caller may have given up. */
function overlapsWith(call: ReceiverCall, earlier: readonly ReceiverCall[]): string[] {
  const isOverlap = ({ beganAt, endedAt }: ReceiverCall): boolean =>
    beganAt <= call.sentAt &&
    (endedAt === null || endedAt - call.sentAt > SAME_MOMENT_MS) &&
    call.sentAt - beganAt < LEASE_MS;
  return earlier.some(isOverlap) ? ['was called while a call for it was in flight'] : [];
}

/** A worker that was frozen may send the one call it had started, soon after another worker's outcome. */
function callsAfterEnd(calls: readonly ReceiverCall[], lines: readonly HistoryLine[]): string[] {
  const endedAt = lines.find(({ eventType }) => OUTCOME_TYPES.has(eventType))?.at ?? Number.POSITIVE_INFINITY;
  return calls
    .filter(({ sentAt }) => sentAt - endedAt > CLOCKS_DIFFER_BY_MS)
    .filter(({ sentAt }, index) => index > 0 || sentAt - endedAt > LEASE_MS)
    .map(() => 'was called after its final status');
}
