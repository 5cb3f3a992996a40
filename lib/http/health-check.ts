import { setTimeout as delay } from 'node:timers/promises';

export interface DependencyHealth {
  readonly state: 'up' | 'down';
  readonly ms: number;
}

export interface Health {
  readonly status: 'healthy' | 'unhealthy';
  readonly dependencies: Readonly<Record<string, DependencyHealth>>;
}

/** Runs every check at once; one that throws, or has no answer after `timeoutMs`, is down. */
export async function checkHealth(
  checks: Readonly<Record<string, () => Promise<unknown>>>,
  timeoutMs: number,
): Promise<Health> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check, timeoutMs)] as const),
  );
  return {
    status: results.every(([, { state }]) => state === 'up') ? 'healthy' : 'unhealthy',
    dependencies: Object.fromEntries(results),
  };
}

async function runCheck(check: () => Promise<unknown>, timeoutMs: number): Promise<DependencyHealth> {
  const startedAt = performance.now();
  const timer = new AbortController();
  const state = await Promise.race([
    check().then(
      () => 'up' as const,
      () => 'down' as const,
    ),
    delay(timeoutMs, 'down' as const, { signal: timer.signal }).catch(() => 'down' as const),
  ]);
  timer.abort();
  return { state, ms: Math.round(performance.now() - startedAt) };
}
