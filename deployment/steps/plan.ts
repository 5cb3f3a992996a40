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
  | 'application'
  | 'smoke';

interface Step {
  /** What is done, for a progress line. */
  readonly title: string;
  /** What state things are in when it fails. */
  readonly state: string;
  /** What helps, beside the same command again. */
  readonly wayOut?: (target: Target) => string;
}

const NOTHING_CHANGED = 'Nothing was changed.';
const NOT_TOUCHED = 'The application was not touched.';

const rollBack = ({ stage, region }: Target): string =>
  `If there was a release before this one, go back to it: npx serverless deploy list --stage ${stage} --region ${region}, then npx serverless rollback --stage ${stage} --region ${region} --timestamp <the release that ran before; deployments that failed are listed too>. The migrations stay; each works under the previous release.`;

const steps: Readonly<Record<StepName, Step>> = {
  parameters: { title: 'Check parameters and quotas', state: NOTHING_CHANGED },
  packageInfrastructure: { title: 'Package the infrastructure', state: NOTHING_CHANGED },
  infrastructure: {
    title: 'Deploy the infrastructure',
    state:
      'CloudFormation puts the infrastructure back as it was. A first one is deleted again; where that fails because the database is protected, "Removing" in docs/deployment.md says what to do. The application was not touched.',
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
      'Topics that are missing may have been created; none was changed. Database and application were not touched.',
    wayOut: (target) =>
      `Its log: npx serverless logs -c serverless.setup.yml --function createTopics ${flags(target)}`,
  },
  migrations: {
    title: 'Migrate the database',
    state:
      'A migration is one transaction: those before the one that failed are applied, that one is not. The application was not touched, and its release works with what is applied.',
    wayOut: (target) =>
      `Its log: npx serverless logs -c serverless.setup.yml --function migrate ${flags(target)}`,
  },
  application: {
    title: 'Deploy the application',
    state:
      'CloudFormation puts the application back to its previous release; a first one is left without functions. Topics and database are ready for the new release, and work with the previous one.',
  },
  smoke: {
    title: 'Try it',
    state: 'The new release is deployed.',
    wayOut: (target) =>
      `${rollBack(target)}\nTheir logs: npx serverless logs --function health ${flags(target)}; createOrder and processOrders, where an order failed`,
  },
};

const flags = ({ stage, region }: Target): string => `--stage ${stage} --region ${region}`;

export interface PlanOptions {
  readonly withInfrastructure: boolean;
  /** Only what changes nothing. */
  readonly isDryRun: boolean;
}

/** Which steps a deployment has, in their order: what others rest on comes first. */
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
    'application',
    'smoke',
  ];
}

export const titleOf = (step: StepName): string => steps[step].title;

/** A failed step for the person who deploys: what happened, what state things are in, how to go on or back. */
export function stepFailure(
  step: StepName,
  cause: unknown,
  { target, command }: { target: Target; command: string },
): OrderlyError {
  const { title, state, wayOut } = steps[step];
  return new OrderlyError(
    'deployment',
    [
      `${title}: failed.`,
      '',
      describe(cause),
      '',
      state,
      `To go on, mend the cause and give the same command again; what is done is not done twice: ${command}`,
      ...(wayOut === undefined ? [] : [wayOut(target)]),
    ].join('\n'),
    { cause },
  );
}

/** AWS' errors say in their name what kind they are. */
function describe(cause: unknown): string {
  if (cause instanceof OrderlyError || !Error.isError(cause)) {
    return cause instanceof OrderlyError ? cause.message : String(cause);
  }
  return cause.name === 'Error' ? cause.message : `${cause.name}: ${cause.message}`;
}
