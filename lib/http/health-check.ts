import type { DependencyHealth, Health, StalledConsumer } from './service-schemas.ts';

/** Runs all checks concurrently. A dependency is down if its check rejects. Each check needs its own timeout. */
export async function checkHealth(
  checks: Readonly<Record<string, () => Promise<void>>>,
  stalled: readonly StalledConsumer[],
): Promise<Omit<Health, 'version'>> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
  );
  const isUp = results.every(([, { state }]) => state === 'up');
  return {
    status: !isUp ? 'unhealthy' : stalled.length > 0 ? 'degraded' : 'healthy',
    dependencies: Object.fromEntries(results),
    ...(stalled.length > 0 && { stalled_consumers: [...stalled] }),
  };
}

async function runCheck(check: () => Promise<void>): Promise<DependencyHealth> {
  const startedAt = performance.now();
  const state = await check().then(
    () => 'up' as const,
    () => 'down' as const,
  );
  return { state, ms: Math.round(performance.now() - startedAt) };
}
