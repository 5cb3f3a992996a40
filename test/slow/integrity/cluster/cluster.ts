import { existsSync, readFileSync, rmSync } from 'node:fs';
import { LOCAL_HOST } from '../../../../local/process/ports.ts';
import type { ProcessIdentity } from '../../../../local/process/process-table.ts';
import { findUnassigned, isHealthy } from '../../../../local/readiness.ts';
import { recordLines } from '../../../support/log-record/log-record.ts';
import { createTestState, killRecorded, untilEnded } from '../../../support/test-state.ts';
import { type Functions, logFileIn, startFunctions } from './functions.ts';
import type { BrokerCount } from './kafka-part.ts';
import { type Addresses, type Servers, startServers } from './servers.ts';
import type { Target, TargetName } from './target.ts';

/**
 * All processes of Orderly, for tests with faults: one or three Kafka nodes, one PostgreSQL, and two processes of
 * serverless-offline, which reach the servers through proxies. Everything else connects to the servers directly.
 */
export interface Cluster
  extends Addresses,
    Pick<Servers, 'kafka' | 'nodes' | 'postgres' | 'proxies'>,
    AsyncDisposable {
  readonly functions: readonly Target[];
  /** The API of each process of the functions. */
  readonly apiUrls: readonly string[];
  /** Invokes a function in one process, as its schedule does; rejects with its error. */
  invoke(functionKey: string, name: TargetName, signal?: AbortSignal): Promise<void>;
  /** Names the first component that is not ready, for people; undefined when orders can be sent and are processed. */
  findProblem(): Promise<string | undefined>;
}

export interface ClusterPlan {
  readonly brokers: BrokerCount;
  /** The project, or a copy of it, with the code of the functions. */
  readonly projectDirectory: string;
  /** Environment variables for the functions, besides the addresses of the servers. */
  readonly environment: NodeJS.ProcessEnv;
}

const END_TIMEOUT_MS = 15_000;
const INVOKE_TIMEOUT_MS = 60_000;

/** Records each process in a state directory, so that it can be stopped at any point of its start. */
export async function startCluster({
  brokers,
  projectDirectory,
  environment,
}: ClusterPlan): Promise<Cluster> {
  const [forServers, ...forFunctions] = [createTestState(), createTestState(), createTestState()] as const;
  const states = [forServers, ...forFunctions];
  const kill = (): ProcessIdentity[] => states.flatMap(killRecorded);
  await using scope = new AsyncDisposableStack();
  process.once('exit', kill); // an uncaught error must not leave servers running
  scope.defer(async () => {
    process.off('exit', kill);
    await untilEnded(kill(), END_TIMEOUT_MS);
    for (const file of forFunctions.map(logFileIn).filter(existsSync)) {
      recordLines('integrity', readFileSync(file, 'utf8'));
    }
    for (const directory of states) {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  const servers = await startServers(brokers, forServers, scope);
  const plan = {
    projectDirectory,
    environment: {
      ...environment,
      KAFKA_BROKERS: servers.proxied.brokers.join(),
      DATABASE_URL: servers.proxied.databaseUrl,
    },
  };
  const processes = await Promise.all([
    startFunctions('functions-1', { ...plan, stateDirectory: forFunctions[0] }),
    startFunctions('functions-2', { ...plan, stateDirectory: forFunctions[1] }),
  ]);
  const started = scope.move();

  return {
    ...servers.direct,
    kafka: servers.kafka,
    nodes: servers.nodes,
    postgres: servers.postgres,
    proxies: servers.proxies,
    functions: processes.map(({ target }) => target),
    apiUrls: processes.map(({ ports }) => `http://${LOCAL_HOST}:${ports.apiPort}`),
    invoke: (functionKey, name, signal) =>
      invoke(
        processes.find(({ target }) => target.name === name),
        functionKey,
        signal,
      ),
    findProblem: () => findProblem(servers.direct.brokers, processes),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Invokes through serverless-offline's emulation of the Lambda API. */
async function invoke(
  process: Functions | undefined,
  functionKey: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = `2015-03-31/functions/orderly-local-${functionKey}/invocations`;
  const response = await fetch(`http://${LOCAL_HOST}:${process?.ports.lambdaPort}/${path}`, {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.any([AbortSignal.timeout(INVOKE_TIMEOUT_MS), ...(signal ? [signal] : [])]),
  });
  const answer = await response.text();
  if (!response.ok || response.headers.has('x-amz-function-error')) {
    throw new Error(`${functionKey} failed: ${response.status} ${answer}`);
  }
}

async function findProblem(
  brokers: readonly string[],
  processes: readonly Functions[],
): Promise<string | undefined> {
  const healthy = await Promise.all(processes.map(({ ports }) => isHealthy(ports.apiPort)));
  const ill = processes.find((_, index) => !healthy[index]);
  return ill === undefined
    ? findUnassigned(
        brokers,
        processes.map(({ target }) => target.pid),
      )
    : `the API of ${ill.target.name} is not healthy`;
}
