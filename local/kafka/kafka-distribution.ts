import { existsSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode } from '../../cli/error-code.ts';
import { pollUntil } from '../../cli/poll-until.ts';
import { runTool } from '../../cli/run-tool.ts';
import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import { acquireLock, releaseLock } from '../process/state-lock.ts';
import { createUnfinishedDirectory } from '../process/unfinished-directory.ts';
import { findJava, type Java, KAFKA_REMEDIES } from './java.ts';

export const KAFKA_VERSION = '4.4.0';

/** The version of Log4j that this Kafka release is built with. */
const LOG4J_VERSION = '2.25.4';
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const OTHER_RESOLVER_TIMEOUT_MS = 300_000;

/** Apache Kafka from Maven Central, ready to run. */
export interface KafkaDistribution {
  readonly java: Java;
  /** Contains `lib/` with the jars, and files derived from them. */
  readonly directory: string;
}

export interface DistributionOptions {
  readonly stateDirectory: string;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const jarsDirectory = (stateDirectory: string): string => join(stateDirectory, `kafka-${KAFKA_VERSION}`);

/** @throws OrderlyError with the remedies if Java is missing, or Maven while the jars are not there. */
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
 * Finds Java and the jars of Apache Kafka. Maven resolves the jars into the state directory the first time; a second process
 * waits meanwhile. An interrupted attempt leaves no partial result.
 * @throws OrderlyError with the remedies if Java or Maven is missing or Maven fails.
 */
export async function ensureKafkaDistribution(options: DistributionOptions): Promise<KafkaDistribution> {
  const java = findJava();
  const directory = jarsDirectory(options.stateDirectory);
  if (!existsSync(directory)) {
    const lock = `${directory}.lock`;
    let isMine = false;
    const takeMine = (): boolean => {
      isMine = acquireLock(lock, 'resolving Kafka') === undefined;
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
    ? new OrderlyError('local_stack', `Maven (mvn) was not found: ${KAFKA_REMEDIES}.`, { cause })
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
