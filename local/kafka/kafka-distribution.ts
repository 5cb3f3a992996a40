import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode } from '../../cli/error-code.ts';
import { runTool } from '../../cli/run-tool.ts';
import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import { ensureDirectory } from '../process/unfinished-directory.ts';
import { findJava, type Java, KAFKA_REMEDIES } from './java.ts';

export const KAFKA_VERSION = '4.4.0';

/** The version of Log4j that this Kafka release is built with. */
const LOG4J_VERSION = '2.25.4';
export const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

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
  await ensureDirectory(directory, {
    purpose: 'resolving Kafka',
    build: async (unfinished) => {
      options.progress(`Resolving Apache Kafka ${KAFKA_VERSION} with Maven (once) …`);
      await resolveWithMaven(unfinished, options.signal);
    },
    signal: options.signal,
  });
  return { java, directory: realpathSync(directory) };
}

async function resolveWithMaven(directory: string, signal: AbortSignal | undefined): Promise<void> {
  writeFileSync(join(directory, 'pom.xml'), pom);

  const copy = [`${MAVEN_PLUGIN}:copy-dependencies`, `-DoutputDirectory=${join(directory, 'lib')}`];
  try {
    await runTool('mvn', ['-q', '-B', '-f', join(directory, 'pom.xml'), ...copy], { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw explainMaven(error);
  }
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
