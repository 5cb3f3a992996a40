import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from './cluster.ts';

const TIMEOUT_MS = 120_000;

/** Redrives every open dead letter with the operator's command. Returns the last line of its output. */
export async function redriveAll(cluster: Cluster, projectDirectory: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['ops/dead-letters.ts', 'redrive', '--all'],
    {
      cwd: projectDirectory,
      env: { ...process.env, KAFKA_BROKERS: cluster.brokers.join(), DATABASE_URL: cluster.databaseUrl },
      timeout: TIMEOUT_MS,
      maxBuffer: 100_000_000,
    },
  );
  return stdout.trim().split('\n').at(-1) ?? '';
}
