import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Target } from '../options.ts';

export type StepName =
  | 'parameters'
  | 'packageInfrastructure'
  | 'infrastructure'
  | 'check'
  | 'package'
  | 'verify'
  | 'setup'
  | 'topics'
  | 'migrations'
  | 'schemas'
  | 'application'
  | 'smokeTest';

interface Step {
  /** The name of the step in progress lines. */
  readonly title: string;
  /** The state of the stage when the step fails. */
  readonly state: string;
  /** A remedy in addition to repeating the command. */
  readonly remedy?: (target: Target) => string;
}

const NOTHING_CHANGED = 'Nothing was changed.';
const NOT_TOUCHED = 'The application was not touched.';

const rollBack = ({ stage, region }: Target): string =>
  `If there was a previous release, roll back to it: npx serverless deploy list --stage ${stage} --region ${region}, then npx serverless rollback --stage ${stage} --region ${region} --timestamp <the previous release; failed deployments are listed too>. The migrations stay; each works with the previous release.`;

const steps: Readonly<Record<StepName, Step>> = {
  parameters: { title: 'Check parameters and quotas', state: NOTHING_CHANGED },
  packageInfrastructure: { title: 'Package the infrastructure', state: NOTHING_CHANGED },
  infrastructure: {
    title: 'Deploy the infrastructure',
    state:
      'CloudFormation puts the infrastructure back as it was. A new infrastructure is deleted again; if that fails because the database is protected, see "Removing" in docs/deployment.md. The application was not touched.',
  },
  check: { title: 'Check the stage', state: NOT_TOUCHED },
  package: { title: 'Package', state: NOT_TOUCHED },
  verify: { title: 'Check topics and quotas', state: NOT_TOUCHED },
  setup: {
    title: 'Deploy the setup',
    state: 'CloudFormation puts the setup back as it was. Topics, database and application were not touched.',
  },
  topics: {
    title: 'Create and check the topics',
    state:
      'Missing topics may have been created; none was changed. Database and application were not touched.',
    remedy: (target) =>
      `Its log: npx serverless logs -c serverless.setup.yml --function createTopics ${flags(target)}`,
  },
  migrations: {
    title: 'Migrate the database',
    state:
      'Each migration is one transaction: those before the failed one are applied. The application was not touched, and its release works with the applied migrations.',
    remedy: (target) =>
      `Its log: npx serverless logs -c serverless.setup.yml --function migrate ${flags(target)}`,
  },
  schemas: {
    title: 'Register the schemas',
    state:
      'Schemas before the failed one are registered. The current release works with them. The application was not touched.',
    remedy: (target) =>
      `Its log: npx serverless logs -c serverless.setup.yml --function registerSchemas ${flags(target)}`,
  },
  application: {
    title: 'Deploy the application',
    state:
      'CloudFormation puts the application back to its previous release; a new application has no functions. Topics and database are ready for the new release, and work with the previous one.',
  },
  smokeTest: {
    title: 'Run the smoke test',
    state: 'The new release is deployed.',
    remedy: (target) =>
      `${rollBack(target)}\nIts log: npx serverless logs --function health ${flags(target)}; if an order failed, also createOrder and processOrders`,
  },
};

const flags = ({ stage, region }: Target): string => `--stage ${stage} --region ${region}`;

export interface PlanOptions {
  readonly withInfrastructure: boolean;
  /** True for the steps that change nothing. */
  readonly isDryRun: boolean;
}

/** Returns the steps of a deployment in their order. Each step needs those before it. */
export function planSteps({ withInfrastructure, isDryRun }: PlanOptions): readonly StepName[] {
  if (isDryRun) {
    return withInfrastructure ? ['parameters', 'packageInfrastructure'] : ['check', 'package', 'verify'];
  }
  return [
    ...(withInfrastructure ? (['parameters', 'infrastructure'] as const) : []),
    'check',
    'package',
    'verify',
    'setup',
    'topics',
    'migrations',
    'schemas',
    'application',
    'smokeTest',
  ];
}

export const titleOf = (step: StepName): string => steps[step].title;

/** Returns the error of a failed step, with the cause, the state of the stage, and how to continue or roll back. */
export function stepFailure(
  step: StepName,
  cause: unknown,
  { target, command }: { target: Target; command: string },
): OrderlyError {
  const { title, state, remedy } = steps[step];
  return new OrderlyError(
    'deployment',
    [
      `${title}: failed.`,
      '',
      describe(cause),
      '',
      state,
      `To continue, fix the cause and repeat the command, which skips completed steps: ${command}`,
      ...(remedy === undefined ? [] : [remedy(target)]),
    ].join('\n'),
    { cause },
  );
}

/** The name of an AWS error is its code. */
function describe(cause: unknown): string {
  if (cause instanceof OrderlyError || !Error.isError(cause)) {
    return cause instanceof OrderlyError ? cause.message : String(cause);
  }
  return cause.name === 'Error' ? cause.message : `${cause.name}: ${cause.message}`;
}
