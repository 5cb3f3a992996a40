export interface DependencyHealth {
  readonly state: 'up' | 'down';
  readonly ms: number;
}

export interface Health {
  readonly status: 'healthy' | 'unhealthy';
  readonly dependencies: Readonly<Record<string, DependencyHealth>>;
}

/** Runs every check at once; one that throws is down. The checks bound their own time and end their own work. */
export async function checkHealth(checks: Readonly<Record<string, () => Promise<void>>>): Promise<Health> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
  );
  return {
    status: results.every(([, { state }]) => state === 'up') ? 'healthy' : 'unhealthy',
    dependencies: Object.fromEntries(results),
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
