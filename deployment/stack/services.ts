import type { Target } from '../options.ts';

/** One of the three stacks that make up a stage; each is a service of the framework. */
export interface Service {
  /** Its name in messages. */
  readonly label: string;
  /** The name in the service file. With the stage it is the name of the stack. */
  readonly name: string;
  /** The folder in which the framework runs, relative to the project. */
  readonly directory: string;
  /** The service file, if it is not `serverless.yml`. */
  readonly file?: string;
}

export const infrastructure: Service = {
  label: 'the infrastructure',
  name: 'orderly-infrastructure',
  directory: 'infrastructure',
};

export const setup: Service = {
  label: 'the setup',
  name: 'orderly-setup',
  directory: '.',
  file: 'serverless.setup.yml',
};

export const application: Service = { label: 'the application', name: 'orderly', directory: '.' };

export const stackName = ({ name }: Service, { stage }: Target): string => `${name}-${stage}`;
