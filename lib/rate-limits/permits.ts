/** One permit is one order or one request that reads or cancels. Permits expire with their window. */

export const WINDOW_MS = 60_000;

/** The share of the limit that a process leases at a time. */
const LEASE_SHARE = 0.05;

/** Returns the start of the window that contains a time, in milliseconds. */
export const windowStart = (now: number): number => now - (now % WINDOW_MS);

/** The permits of one principal in one window, as one process knows them. */
export interface Permits {
  /** Leased by this process and not used. */
  readonly inHand: number;
  /** Used by this process. */
  readonly used: number;
  /** The most that PostgreSQL can still lease, to all processes together. */
  readonly left: number;
}

/** `atLeast` permits or none, and at most `atMost`. */
export interface LeaseRequest {
  readonly atLeast: number;
  readonly atMost: number;
}

export interface Lease {
  readonly granted: number;
  /** The permits that PostgreSQL can still lease. */
  readonly left: number;
}

export type NextStep =
  | { readonly kind: 'accept'; readonly permits: Permits }
  | { readonly kind: 'reject' }
  | { readonly kind: 'lease'; readonly atLeast: number };

/** Returns the permits of a process that has not leased any in this window. */
export const noPermits = (limit: number): Permits => ({ inHand: 0, used: 0, left: limit });

/**
 * Decides on a request that costs `cost` permits. PostgreSQL never takes permits back within a window, so a request that
 * needs more than `left` is rejected without a query.
 */
export function nextStep({ inHand, used, left }: Permits, cost: number): NextStep {
  if (cost <= inHand) {
    return { kind: 'accept', permits: { inHand: inHand - cost, used: used + cost, left } };
  }
  const atLeast = cost - inHand;
  return atLeast > left ? { kind: 'reject' } : { kind: 'lease', atLeast };
}

/**
 * Returns what to lease when requests that cost `waiting` permits wait. The first lease of a window has only the needed
 * permits, and a later one at most as many more as the process has used. So many processes with one request each leave no
 * permit unused.
 */
export function leaseRequest(
  { inHand, used }: Permits,
  atLeast: number,
  waiting: number,
  limit: number,
): LeaseRequest {
  const ahead = Math.min(used, Math.floor(limit * LEASE_SHARE));
  return { atLeast, atMost: Math.max(atLeast, waiting - inHand, ahead) };
}

/** Adds a lease. Leases may arrive in another order than PostgreSQL granted them, so the lowest `left` counts. */
export const addLease = (permits: Permits, { granted, left }: Lease): Permits => ({
  ...permits,
  inHand: permits.inHand + granted,
  left: Math.min(permits.left, left),
});
