import type { OptionLists, OptionValues } from '../cli/command.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';

/** Where something is deployed to. */
export interface Target {
  readonly stage: string;
  readonly region: string;
}

/** The same as in the service files, so that a plain `serverless logs` looks in the same place. */
const DEFAULT_REGION = 'eu-west-1';

/** The stage becomes a part of names of stacks, topics, roles and databases; RDS wants single hyphens. */
const STAGE = /^(?=.{1,21}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Stages whose stacks would be those of another stage, and the key of the service files that is no stage. */
const TAKEN = /^(infrastructure|setup)-|^default$/;

/** @throws OrderlyError when no stage is named, or one that cannot be deployed. */
export function readTarget({ stage, region = DEFAULT_REGION }: OptionValues): Target {
  if (stage === undefined) {
    throw new OrderlyError('deployment', 'Name the stage, such as --stage dev. See --help.');
  }
  assertStage(stage);
  return { stage, region };
}

/** @throws OrderlyError when it is no name of a stage. */
export function assertStage(stage: string): void {
  if (stage === 'local') {
    throw new OrderlyError(
      'deployment',
      'The stage "local" runs on this machine (npm start) and is not deployed. Name another one, such as --stage dev.',
    );
  }
  if (!STAGE.test(stage) || TAKEN.test(stage)) {
    throw new OrderlyError(
      'deployment',
      `"${stage}" is no name of a stage: up to 21 lower-case letters and digits, a letter first, with single hyphens between them; not "default", and not with "infrastructure-" or "setup-" before it.`,
    );
  }
}

/** `--param name=value`, as the framework takes it. @throws OrderlyError when one is not of this form. */
export function readParameters({ param = [] }: OptionLists): ReadonlyMap<string, string> {
  return new Map(
    param.map((text) => {
      const end = text.indexOf('=');
      if (end < 1) {
        throw new OrderlyError('deployment', `--param ${text} is not of the form name=value.`);
      }
      const name = text.slice(0, end);
      if (end === text.length - 1) {
        throw new OrderlyError(
          'deployment',
          `--param ${name}= has no value. What is to be empty is written under params.<stage>, in serverless.yml and in serverless.setup.yml.`,
        );
      }
      return [name, text.slice(end + 1)];
    }),
  );
}
