import type { OptionLists, OptionValues } from '../cli/command.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';

/** The stage and the region of a deployment. */
export interface Target {
  readonly stage: string;
  readonly region: string;
}

/** The default of the service files, so that `serverless logs` uses the same region. */
const DEFAULT_REGION = 'eu-west-1';

/** The stage is a part of the names of stacks, topics, roles and databases. RDS requires single hyphens. */
const STAGE = /^(?=.{1,21}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Names of stages that would collide with the stacks of another stage, and a key of the service files that is no stage. */
const RESERVED = /^(infrastructure|setup)-|^default$/;

/** @throws OrderlyError without a stage, or with one that cannot be deployed. */
export function readTarget({ stage, region = DEFAULT_REGION }: OptionValues): Target {
  if (stage === undefined) {
    throw new OrderlyError('deployment', 'Name the stage, such as --stage dev. See --help.');
  }
  assertStage(stage);
  return { stage, region };
}

/** @throws OrderlyError if the name of a stage is invalid. */
export function assertStage(stage: string): void {
  if (stage === 'local') {
    throw new OrderlyError(
      'deployment',
      'The stage "local" runs on this machine (npm start) and is not deployed. Name another one, such as --stage dev.',
    );
  }
  if (!STAGE.test(stage) || RESERVED.test(stage)) {
    throw new OrderlyError(
      'deployment',
      `"${stage}" is not a valid stage name: up to 21 lower-case letters and digits, a letter first, with single hyphens between them; not "default", and without the prefix "infrastructure-" or "setup-".`,
    );
  }
}

/** Reads `--param name=value`. @throws OrderlyError if one has another form. */
export function readParameters({ param = [] }: OptionLists): ReadonlyMap<string, string> {
  return new Map(
    param.map((text) => {
      const end = text.indexOf('=');
      if (end < 1) {
        throw new OrderlyError('deployment', `--param ${text} does not have the form name=value.`);
      }
      const name = text.slice(0, end);
      if (end === text.length - 1) {
        throw new OrderlyError(
          'deployment',
          `--param ${name}= has no value. To set an empty value, write it under params.<stage>, in serverless.yml and in serverless.setup.yml.`,
        );
      }
      return [name, text.slice(end + 1)];
    }),
  );
}
