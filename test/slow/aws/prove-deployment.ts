import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from '../../../cli/output.ts';
import type { Target } from '../../../deployment/options.ts';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import { ownServers } from '../../support/own-servers.ts';
import { openApiAddress } from './api-address.ts';
import { useEmulator } from './emulator-environment.ts';
import { followOrder } from './follow-order.ts';
import { startMinistack } from './ministack.ts';
import { assertRelease, type Release } from './release.ts';
import { runProgram } from './run-program.ts';
import { stageArguments } from './stage-arguments.ts';
import { assertComplete, assertNothing, listResources } from './stage-resources.ts';

export interface Proof {
  /** The program of the emulator. */
  readonly program: string;
  /** For logs. */
  readonly directory: string;
  readonly output: Output;
  /** Stops all started processes. */
  readonly signal: AbortSignal;
}

/**
 * Deploys a stage and uses it, does the same with another release, rolls back, deploys again, removes the stage, and deploys
 * and removes it once more.
 * @throws OrderlyError at the first unexpected result.
 */
export async function proveDeployment({ program, directory, output, signal }: Proof): Promise<void> {
  const startedAt = performance.now();
  const target: Target = { stage: `emulator-${process.pid}`, region: 'eu-west-1' };
  await using scope = new AsyncDisposableStack();
  scope.defer(() =>
    rmSync(join(PROJECT_ROOT, '.local/deployment', target.stage), { recursive: true, force: true }),
  );
  /** Prints one line with the result and its duration. */
  const step = async <Result>(
    work: () => Promise<Result>,
    seen: (result: Result) => string,
  ): Promise<Result> => {
    signal.throwIfAborted();
    const begunAt = performance.now();
    const result = await work();
    output.print(`${seconds(begunAt).padStart(6)} s  ${seen(result)}`);
    return result;
  };
  const script = (...args: string[]): Promise<string> =>
    runProgram('npm', ['--prefix', PROJECT_ROOT, '--silent', 'run', ...args], { directory, signal });
  const framework = (...args: string[]): Promise<string> =>
    runProgram('npx', ['--prefix', PROJECT_ROOT, 'serverless', ...args], { directory, signal });

  const servers = scope.use(ownServers(signal));
  const kafka = await step(servers.startKafka, ({ port }) => `Kafka is ready on port ${port}`);
  const postgres = await step(servers.startPostgres, ({ port }) => `PostgreSQL is ready on port ${port}`);
  await servers.trustRoles(postgres); // a stage's parameters have no password
  const { url } = await step(
    async () => scope.use(await startMinistack({ program, directory, signal })),
    (emulator) => `The emulator is ready at ${emulator.url}`,
  );
  useEmulator(url);
  const api = scope.use(await openApiAddress(url, target));
  const brokers = `${LOCAL_HOST}:${kafka.port}`;
  const stage = ['--stage', target.stage, '--region', target.region];
  const deploy = ['deploy', '--', ...stage, '--api-url', api.url];
  const parameters = stageArguments({ brokers, postgresPort: postgres.port });
  const follow = (orderId: string): Promise<void> =>
    followOrder(orderId, { target, apiUrl: api.url, brokers: [brokers], signal });

  const deployRelease = async ({ logLevel, ordersBatchSize }: Release): Promise<void> => {
    const settings = ['--param', `logLevel=${logLevel}`, '--param', `ordersBatchSize=${ordersBatchSize}`];
    await script(...deploy, ...parameters, ...settings);
    await assertRelease({ logLevel, ordersBatchSize }, target);
  };

  await step(
    () => deployRelease(firstRelease),
    () => `npm run deploy deployed the stage ${target.stage}`,
  );
  await step(
    async () => assertComplete(await listResources(url, target), target),
    (kinds) => `The emulator lists its ${kinds}`,
  );
  await step(
    () => follow('first'),
    () => 'An order went through: 202, its record from Kafka to processOrders, COMPLETED',
  );
  await step(
    () => deployRelease(secondRelease),
    () => 'npm run deploy deployed another release: its settings are those of the functions and the mapping',
  );
  await step(
    () => follow('second'),
    () => 'Another order went through',
  );
  await step(
    async () => {
      const [first = ''] = /(?<=Timestamp: )\d+/.exec(await framework('deploy', 'list', ...stage)) ?? [];
      await framework('rollback', ...stage, '--timestamp', first);
      await assertRelease(firstRelease, target);
    },
    () => 'serverless rollback went back to the first release',
  );
  await step(
    () => deployRelease(secondRelease),
    () => 'npm run deploy deployed the other one once more, although its package had been uploaded before',
  );
  await step(
    () => follow('third'),
    () => 'A third order went through',
  );
  const remove = async (): Promise<void> => {
    await step(
      () => script('remove', '--', ...stage, '--yes'),
      () => 'npm run remove removed it',
    );
    await step(
      async () => assertNothing(await listResources(url, target)),
      () => 'None of what was listed is left',
    );
  };
  await remove();
  await step(
    () => deployRelease(firstRelease),
    () => 'npm run deploy deployed the same stage anew, on its topics and its database',
  );
  await step(
    () => follow('fourth'),
    () => 'A fourth order went through',
  );
  await remove();
  output.print(
    `Deployed, deployed again, rolled back, deployed once more, removed, deployed anew and removed, in ${seconds(startedAt)} s: four orders COMPLETED, nothing left.`,
  );
}

const firstRelease: Release = { logLevel: 'info', ordersBatchSize: 1_000 };
const secondRelease: Release = { logLevel: 'debug', ordersBatchSize: 500 };

const seconds = (since: number): string => ((performance.now() - since) / 1_000).toFixed(1);
