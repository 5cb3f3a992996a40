import { OrderlyError } from '../lib/errors.ts';
import type { OptionLists, OptionValues } from '../local/command.ts';

/** Where something is deployed to. */
export interface Target {
  readonly stage: string;
  readonly region: string;
}

/** The same as in the service files, so that a plain `serverless logs` looks in the same place. */
const DEFAULT_REGION = 'eu-west-1';

/** The stage becomes a part of names of stacks, topics and roles. */
const STAGE = /^[a-z][a-z0-9-]{0,20}$/;

/** @throws OrderlyError when no stage is named, or one that cannot be deployed. */
export function readTarget({ stage, region = DEFAULT_REGION }: OptionValues): Target {
  if (stage === undefined) {
    throw new OrderlyError('deployment', 'Name the stage, such as --stage dev. See --help.');
  }
  if (stage === 'local' || !STAGE.test(stage)) {
    throw new OrderlyError(
      'deployment',
      stage === 'local'
        ? 'The stage "local" runs on this machine (npm start) and is not deployed. Name another one, such as --stage dev.'
        : `"${stage}" is no name of a stage: up to 21 lower-case letters, digits and hyphens, a letter first.`,
    );
  }
  return { stage, region };
}

/** `--param name=value`, as the framework takes it. @throws OrderlyError when one is not of this form. */
export function readParameters({ param = [] }: OptionLists): ReadonlyMap<string, string> {
  return new Map(
    param.map((text) => {
      const end = text.indexOf('=');
      if (end < 1) {
        throw new OrderlyError('deployment', `--param ${text} is not of the form name=value.`);
      }
      return [text.slice(0, end), text.slice(end + 1)];
    }),
  );
}
