import type { Lease, LeaseRequest } from '../../../lib/rate-limits/permits.ts';
import { WINDOW_MS } from '../../../lib/rate-limits/permits.ts';

/** The table `rate_limit_leases` on paper. A test compares it with the statement. */
export interface LeasedWindows {
  lease(principal: string, window: number, request: LeaseRequest, limit: number): Lease;
}

export function leasedWindows(): LeasedWindows {
  const rows = new Map<string, { window: number; leased: number }>();
  return {
    lease: (principal, window, { atLeast, atMost }, limit) => {
      const stored = rows.get(principal);
      const continues = stored && stored.window >= window && stored.window <= window + WINDOW_MS;
      const current = continues ? stored : { window, leased: 0 };
      const granted = current.leased + atLeast <= limit ? Math.min(atMost, limit - current.leased) : 0;
      rows.set(principal, { ...current, leased: current.leased + granted });
      return { granted, left: Math.max(limit - current.leased - granted, 0) };
    },
  };
}
