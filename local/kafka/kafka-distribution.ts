import { existsSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode } from '../../cli/error-code.ts';
import { pollUntil } from '../../cli/poll-until.ts';
import { runTool } from '../../cli/run-tool.ts';
import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import { releaseLock, takeLock } from '../process/state-lock.ts';
import { createUnfinishedDirectory } from '../process/unfinished-directory.ts';
import { findJava, type Java, WAYS_TO_GET_KAFKA } from './java.ts';

export const KAFKA_VERSION = '4.4.0';

/** The Log4j that this Kafka release is built with. */
const LOG4J_VERSION = '2.25.4';
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const OTHER_RESOLVER_TIMEOUT_MS = 300_000;

/** Apache Kafka as published to Maven Central, ready to be run. */
export interface KafkaDistribution {
  readonly java: Java;
  /** Holds `lib/` with the jars, and what is derived from them. */
  readonly directory: string;
}

export interface DistributionOptions {
  readonly stateDirectory: string;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const jarsDirectory = (stateDirectory: string): string => join(stateDirectory, `kafka-${KAFKA_VERSION}`);

/** @throws OrderlyError that names the ways out when Java is missing, or Maven while it is still needed. */
export async function assertJarsUsable(stateDirectory: string, signal?: AbortSignal): Promise<void> {
  findJava();
  if (!existsSync(jarsDirectory(stateDirectory))) {
    await runTool('mvn', ['--version'], { signal }).catch((error) => {
      signal?.throwIfAborted();
      throw explainMaven(error);
    });
  }
}

/**
 * Finds Java and the jars of Apache Kafka, which Maven resolves into the state directory the first time. Two
 * processes may ask at once: one resolves, the other waits. An interrupted attempt leaves nothing that counts.
 * @throws OrderlyError that names the ways out when Java or Maven is missing or Maven fails.
 */
export async function ensureKafkaDistribution(options: DistributionOptions): Promise<KafkaDistribution> {
  const java = findJava();
  const directory = jarsDirectory(options.stateDirectory);
  if (!existsSync(directory)) {
    const lock = `${directory}.lock`;
    let isMine = false;
    const takeMine = (): boolean => {
      isMine = takeLock(lock, 'resolving Kafka') === undefined;
      return isMine;
    };
    await pollUntil(() => existsSync(directory) || takeMine(), {
      intervalMs: 100,
      timeoutMs: OTHER_RESOLVER_TIMEOUT_MS,
      signal: options.signal,
    });
    try {
      if (isMine && !existsSync(directory)) {
        options.progress(`Resolving Apache Kafka ${KAFKA_VERSION} with Maven (once) …`);
        await resolveWithMaven(directory, options.signal);
      }
    } finally {
      if (isMine) {
        releaseLock(lock);
      }
    }
  }
  return { java, directory: realpathSync(directory) };
}

async function resolveWithMaven(directory: string, signal: AbortSignal | undefined): Promise<void> {
  const unfinished = createUnfinishedDirectory(directory);
  writeFileSync(join(unfinished, 'pom.xml'), pom);

  const copy = [`${MAVEN_PLUGIN}:copy-dependencies`, `-DoutputDirectory=${join(unfinished, 'lib')}`];
  try {
    await runTool('mvn', ['-q', '-B', '-f', join(unfinished, 'pom.xml'), ...copy], { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw explainMaven(error);
  }
  renameSync(unfinished, directory);
}

function explainMaven(error: unknown): OrderlyError {
  const { message, cause } = classifyError(error);
  return hasErrorCode(cause, 'ENOENT')
    ? new OrderlyError('local_stack', `Maven (mvn) was not found: ${WAYS_TO_GET_KAFKA}.`, { cause })
    : new OrderlyError(
        'local_stack',
        `Apache Kafka ${KAFKA_VERSION} could not be resolved (${message}): check the network and Maven's settings, or set KAFKA_BROKERS.`,
        { cause },
      );
}

const dependency = (group: string, artifact: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J_VERSION)}
  </dependencies>
</project>
`;
