import { OrderlyError } from '../lib/errors.ts';
import type { Output } from '../local/output.ts';
import { readAccount } from './account.ts';
import { addresses } from './addresses.ts';
import { checkStage, isTestStage, type StageToCheck } from './check-stage.ts';
import { invokeFunction } from './invoke-function.ts';
import { packageDirectory, packageServices } from './package-services.ts';
import { migrationEvent, parameterArguments, previousParameters } from './parameters.ts';
import { reportMigrations, reportTopics } from './preparation-reports.ts';
import type { RunServerless } from './serverless.ts';
import { application, infrastructure, preparation, type Service, stackName } from './services.ts';
import { smoke } from './smoke.ts';
import { readStack } from './stack.ts';
import { readStageFile } from './stage-file.ts';
import { planSteps, type StepName, stepFailure, titleOf } from './steps.ts';
import { verifyPackage } from './verify-package.ts';

export interface Deployment extends StageToCheck {
  readonly withInfrastructure: boolean;
  /** Checks and packages only. */
  readonly isDryRun: boolean;
  /** Whether the smoke test sends an order, and its token if it needs one. */
  readonly sendsOrder: boolean;
  readonly token: string | undefined;
  /** Where the API is reached, if not at the address that API Gateway gave it. */
  readonly apiUrl: string | undefined;
  /** The command that was given, for messages. */
  readonly command: string;
}

export interface Tools {
  readonly output: Output;
  readonly serverless: RunServerless;
}

const HEALTH_TIMEOUT_MS = 120_000;
/** A new event source mapping takes minutes until it polls. */
const ORDER_TIMEOUT_MS = 300_000;

/**
 * Deploys a stage step by step. A second time is safe at any point: each step finds what is done.
 * @throws OrderlyError that says which step failed, what state things are in, and how to go on or back.
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
  if (plan.includes('infrastructure')) {
    await during('infrastructure', async () => {
      const parameters = await infrastructureParameters(deployment);
      await serverless('deploy', infrastructure, target, parameterArguments(parameters));
    });
  }
  const parameters = await during('check', () => checkStage(deployment, output));
  await during('package', () => packageServices(target, parameters, serverless));
  await during('verify', () => verifyPackage(target, parameters, output));
  if (deployment.isDryRun) {
    output.step('Nothing was changed (--dry-run)');
    return;
  }
  const deploy = (service: Service): Promise<void> =>
    serverless('deploy', service, target, [
      '--package',
      packageDirectory(service, target),
      ...parameterArguments(parameters),
    ]);
  const invoke = (name: string, payload: unknown): Promise<unknown> =>
    invokeFunction(`${stackName(preparation, target)}-${name}`, payload, target.region);
  await during('preparation', () => deploy(preparation));
  await during('topics', async () =>
    reportTopics(output, await invoke('createTopics', { test: isTestStage(parameters) })),
  );
  await during('migrations', async () =>
    reportMigrations(output, await invoke('migrate', migrationEvent(parameters))),
  );
  await during('application', () => deploy(application));
  const apiUrl = await during('smoke', () => tryOut(deployment, output));
  output.step('Deployed');
  output.print(addresses(apiUrl, target, account));
}

/** Gives the address of the API. */
async function tryOut(
  { target, apiUrl: givenUrl, sendsOrder, token }: Deployment,
  output: Output,
): Promise<string> {
  const stack = await readStack(stackName(application, target), target.region);
  const apiUrl = (givenUrl ?? stack?.outputs.get('HttpApiUrl'))?.replace(/\/$/, '');
  if (apiUrl === undefined) {
    throw new OrderlyError('deployment', 'The stack of the application has no output HttpApiUrl.');
  }
  const lines = await smoke({
    apiUrl,
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

/** What is given now wins over the service file, and that over what the infrastructure was last deployed with. */
async function infrastructureParameters({ target, given }: Deployment): Promise<ReadonlyMap<string, string>> {
  const stack = await readStack(stackName(infrastructure, target), target.region);
  return new Map([
    ...previousParameters(stack?.outputs ?? new Map()),
    ...(await readStageFile(infrastructure, target.stage)),
    ...given,
  ]);
}
