import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

export interface Java {
  readonly command: string;
  /** Such as `17.0.15`. */
  readonly version: string;
}

/** Required by Kafka brokers since 4.0. */
const MINIMUM_MAJOR = 17;

export const KAFKA_REMEDIES =
  'install Java 17 or newer and Maven, or start Docker with Compose, or set KAFKA_BROKERS to a Kafka that is already running';

/**
 * Returns the Java of JAVA_HOME, or the one on the PATH.
 * @throws OrderlyError with the remedies if Java is missing or too old.
 */
export function findJava(): Java {
  const home = process.env.JAVA_HOME;
  const command = home ? join(home, 'bin/java') : 'java';
  const { stderr, status } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  const version = status === 0 ? parseJavaVersion(stderr) : undefined;
  if (version === undefined) {
    throw new OrderlyError('local_stack', `Java was not found, and Kafka needs it: ${KAFKA_REMEDIES}.`);
  }
  if (Number.parseInt(version, 10) < MINIMUM_MAJOR) {
    throw new OrderlyError('local_stack', `Java ${version} is too old for Kafka: ${KAFKA_REMEDIES}.`);
  }
  return { command, version };
}

/** Parses the output of `java -version`: `openjdk version "17.0.15" 2025-04-15`. */
export function parseJavaVersion(output: string): string | undefined {
  return /version "([^"]+)"/.exec(output)?.[1];
}
