import type { Output } from '../../cli/output.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { type Account, readAccount } from '../checks/account.ts';
import type { Ask } from '../checks/confirm.ts';
import { confirmCost } from '../checks/confirm-cost.ts';
import { checkInfrastructure, type PlannedInfrastructure } from '../checks/infrastructure.ts';
import { verifyPackage } from '../checks/package.ts';
import { checkConcurrency, checkNetworkQuotas } from '../checks/quotas.ts';
import { orWarn } from '../checks/rejected-request.ts';
import { assertStacksUpdatable, checkStage, type StageToCheck } from '../checks/stage.ts';
import { plannedStage } from '../cost/planned-floor.ts';
import type { Target } from '../options.ts';
import { readStack, readStackResources } from '../stack/cloudformation.ts';
import { plannedConcurrency } from '../stack/functions.ts';
import { packageDirectory, readPackagedMappings } from '../stack/package.ts';
import { isTestStage, migrationEvent, parameterArguments } from '../stack/parameters.ts';
import { application, infrastructure, type Service, setup, stackName } from '../stack/services.ts';
import { invokeFunction } from './invoke-function.ts';
import { deleteLeftoverLogGroups } from './log-groups.ts';

import { planSteps, type StepName, stepFailure, titleOf } from './plan.ts';
import { packageServices, type RunServerless } from './serverless.ts';
import { reportMigrations, reportSchemas, reportTopics } from './setup-reports.ts';
import { smokeTest } from './smoke-test.ts';
import { waitForMappings } from './wait-for-mappings.ts';

export interface Deployment extends StageToCheck {
  readonly withInfrastructure: boolean;
  /** Checks and packages only. */
  readonly isDryRun: boolean;
  /** True if the command line confirms the cost (`--yes`). */
  readonly isConfirmed: boolean;
  readonly ask: Ask;
  /** True if the smoke test sends an order, with this token if it needs one. */
  readonly sendsOrder: boolean;
  readonly token: string | undefined;
  /** True if the stage moves to other topics, another cluster or another database on purpose. */
  readonly movesServers: boolean;
  /** The address of the API, if it differs from the one that API Gateway assigned. */
  readonly apiUrl: string | undefined;
  /** The command, for messages. */
  readonly command: string;
}

export interface Tools {
  readonly output: Output;
  readonly serverless: RunServerless;
}

const HEALTH_TIMEOUT_MS = 120_000;
/** A new event source mapping takes minutes until it polls. */
const ORDER_TIMEOUT_MS = 300_000;
const MAPPING_TIMEOUT_MS = 300_000;
const MAPPING_INTERVAL_MS = 5_000;
const MAPPING_SETTLED_MS = 30_000;

/**
 * Deploys a stage step by step. Repeating it is safe at any point: completed steps are skipped.
 * @throws OrderlyError that names the failed step, the state of the stage, and how to continue or roll back.
 */
export async function runDeployment(deployment: Deployment, { output, serverless }: Tools): Promise<void> {
  const { target } = deployment;
  const plan = planSteps(deployment);
  const during = <Result>(step: StepName, work: () => Promise<Result>): Promise<Result> => {
    output.step(`${plan.indexOf(step) + 1}/${plan.length} ${titleOf(step)}`);
    return work().catch((error: unknown) => {
      throw stepFailure(step, error, deployment);
    });
  };

  const account = await readAccount(target.region);
  output.step(`Stage ${target.stage}, account ${account.id}, region ${target.region}, as ${account.arn}`);
  if (deployment.withInfrastructure) {
    const { deployments } = await during('parameters', () => checkBeforeInfrastructure(deployment, output));
    const below = (command: 'package' | 'deploy') => async (): Promise<void> => {
      for (const parameters of deployments) {
        await serverless(command, infrastructure, target, parameterArguments(parameters));
      }
    };
    if (deployment.isDryRun) {
      await during('packageInfrastructure', below('package'));
      output.step(
        'Nothing was changed (--dry-run). Run it without --infrastructure to check what needs the infrastructure',
      );
      return;
    }
    await during('infrastructure', async () => {
      await deleteLeftoverLogGroups(target, output);
      await below('deploy')();
    });
  }
  const parameters = await during('check', async () => {
    const checked = await checkStage(deployment, output);
    assertToken(deployment, checked);
    return checked;
  });
  await during('package', () => packageServices(target, parameters, serverless));
  await during('verify', () => verifyPackage({ ...deployment, parameters }, output));
  if (deployment.isDryRun) {
    output.step('Nothing was changed (--dry-run)');
    return;
  }
  const deploy = (service: Service): Promise<void> =>
    serverless('deploy', service, target, [
      '--force', // otherwise the framework skips an identical upload, although an older release may be running
      '--package',
      packageDirectory(service, target),
      ...parameterArguments(parameters),
    ]);
  const invoke = (name: string, payload: unknown): Promise<unknown> =>
    invokeFunction(`${stackName(setup, target)}-${name}`, payload, target.region);
  await during('setup', () => deploy(setup));
  await during('topics', async () =>
    reportTopics(output, await invoke('createTopics', { test: isTestStage(parameters) })),
  );
  await during('migrations', async () =>
    reportMigrations(output, await invoke('migrate', migrationEvent(parameters))),
  );
  await during('schemas', async () =>
    reportSchemas(
      output,
      parameters.has('schemaRegistryUrl') ? await invoke('registerSchemas', {}) : undefined,
    ),
  );
  await during('application', () => deploy(application));
  const apiUrl = await during('smokeTest', () => runSmokeTest(deployment, parameters, output));
  output.step('Deployed');
  output.print(addresses(apiUrl, target, account));
}

/** Checks everything that is known before the deployment takes time and costs money. */
async function checkBeforeInfrastructure(
  deployment: Deployment,
  output: Output,
): Promise<PlannedInfrastructure> {
  const { target, isDryRun, isConfirmed, ask } = deployment;
  const planned = await checkInfrastructure(deployment, output);
  const { next, previous, isNew } = planned;
  assertToken(deployment, planned.application);
  await assertStacksUpdatable(target);
  await checkConcurrency(plannedConcurrency(target, isTestStage(next)), target.region, output);
  const gateways = plannedStage(next).natGateways;
  await checkNetworkQuotas(
    {
      vpcs: isNew ? 1 : 0,
      addresses: gateways - (previous === undefined ? 0 : plannedStage(previous).natGateways),
    },
    target.region,
    output,
  );
  await confirmCost({ target, next, previous, isDryRun, isConfirmed, ask }, output);
  return planned;
}

/** Checks the token at the beginning, although only the last step needs it. */
function assertToken({ sendsOrder, token }: Deployment, parameters: ReadonlyMap<string, string>): void {
  if (sendsOrder && token === undefined && parameters.get('auth') !== 'none') {
    throw new OrderlyError(
      'deployment',
      '--order needs a token with the scopes orders:write and orders:read in the environment variable SMOKE_TOKEN.',
    );
  }
}

async function waitForPolling(target: Target, output: Output): Promise<void> {
  const polling = await readPackagedMappings(packageDirectory(application, target));
  await orWarn('Cannot check whether the functions read from Kafka', output, async () => {
    const resources = await readStackResources(stackName(application, target), target.region);
    const uuids = resources
      .filter(({ logicalId }) => polling.includes(logicalId))
      .map(({ physicalId }) => physicalId);
    await waitForMappings(
      {
        uuids,
        region: target.region,
        timeoutMs: MAPPING_TIMEOUT_MS,
        intervalMs: MAPPING_INTERVAL_MS,
        settledMs: MAPPING_SETTLED_MS,
      },
      output,
    );
  });
}

/** Waits for the event source mappings, and runs the smoke test. @returns the address of the API. */
async function runSmokeTest(
  { target, apiUrl: givenUrl, sendsOrder, token }: Deployment,
  parameters: ReadonlyMap<string, string>,
  output: Output,
): Promise<string> {
  const stack = await readStack(stackName(application, target), target.region);
  const apiUrl = (givenUrl ?? stack?.outputs.get('HttpApiUrl'))?.replace(/\/$/, '');
  if (apiUrl === undefined) {
    throw new OrderlyError('deployment', 'The stack of the application has no output HttpApiUrl.');
  }
  await waitForPolling(target, output);
  const lines = await smokeTest({
    apiUrl,
    isOpen: parameters.get('auth') === 'none',
    sendsOrder,
    token,
    healthTimeoutMs: HEALTH_TIMEOUT_MS,
    orderTimeoutMs: ORDER_TIMEOUT_MS,
  });
  for (const line of lines) {
    output.step(line);
  }
  return apiUrl;
}

/** Returns the addresses of a deployed stage, as lines. */
function addresses(apiUrl: string, { stage, region }: Target, { id }: Account): string {
  const console = `https://${region}.console.aws.amazon.com`;
  const rows = [
    ['API', apiUrl],
    ['Health', `${apiUrl}/api/health`],
    ['Dashboards', `${console}/cloudwatch/home?region=${region}#dashboards:`],
    ['Alarms', `${console}/cloudwatch/home?region=${region}#alarmsV2:`],
    ['Stacks', `${console}/cloudformation/home?region=${region}#/stacks?filteringText=orderly-`],
    ['Account', `${id}, ${region}, stage ${stage}`],
  ];
  return `\n${rows.map(([name, value]) => `  ${name?.padEnd(11)} ${value}`).join('\n')}\n`;
}
