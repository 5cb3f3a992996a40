import type { ReceiverCall } from '../journal.ts';
import type { Evidence } from './evidence.ts';

/** The lease of an attempt: only after a pause longer than it may calls for one order overlap. */
const LEASE_MS = 30_000;
/** Ends and beginnings that the receiver sees at the same moment come in no order. */
const SAME_MOMENT_MS = 250;

/** Calls that break what the receiver was promised. */
export function findCallFaults({ calls }: Evidence): string[] {
  return [...calls].flatMap(([orderId, ofOrder]) =>
    ofOrder
      .flatMap((call, index) => [...faultsOf(call), ...overlapsWith(call, ofOrder.slice(0, index))])
      .map((what) => `${orderId || 'a call'}: ${what}`),
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
