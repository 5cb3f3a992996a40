import * as z from 'zod';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { isVariable } from './stage-settings.ts';

/** The output of the infrastructure that holds its own parameters. */
const OWN_PARAMETERS = 'infrastructureParameters';

const ownParameters = z.record(z.string(), z.string());

/** Returns the parameters of the last deployment of the infrastructure; empty if there was none. */
export function previousParameters(outputs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(ownParameters.parse(JSON.parse(outputs.get(OWN_PARAMETERS) ?? '{}'))));
}

/** Returns the outputs of the infrastructure that are parameters of the application. */
export const handedOn = (outputs: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...outputs].filter(([name]) => name !== OWN_PARAMETERS));

/** The sources of a stage's parameters. */
export interface ParameterSources {
  /** Outputs of the infrastructure stack. */
  readonly outputs: ReadonlyMap<string, string>;
  /** `params.<stage>` of serverless.yml. */
  readonly inFile: ReadonlyMap<string, string>;
  /** `--param` */
  readonly given: ReadonlyMap<string, string>;
}

/** An output that is left out when its counterpart is given: a stage has one or the other. */
const replacedBy: Readonly<Record<string, string>> = { databaseResourceId: 'databaseSecretArn' };

/**
 * Returns the parameters of a stage: the command line overrides the service file, which overrides the outputs of the
 * infrastructure. An empty value counts as missing.
 * @throws OrderlyError if the functions would use a password for the proxy of the infrastructure.
 */
export function mergeParameters({ outputs, inFile, given }: ParameterSources): ReadonlyMap<string, string> {
  const chosen = new Map([...inFile, ...given].filter(([, value]) => value !== ''));
  assertProxyLogIn(chosen, outputs);
  const fromOutputs = [...outputs].filter(
    ([name, value]) => value !== '' && !chosen.has(replacedBy[name] ?? name),
  );
  return new Map([...fromOutputs, ...chosen]);
}

/**
 * The proxy supports IAM authentication only, so it has no passwords:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html
 */
function assertProxyLogIn(chosen: ReadonlyMap<string, string>, outputs: ReadonlyMap<string, string>): void {
  const proxy = URL.parse(outputs.get('databaseUrl') ?? '')?.hostname;
  const url = chosen.get('databaseUrl');
  const isProxy = url === undefined || (proxy !== undefined && URL.parse(url)?.hostname === proxy);
  if (chosen.has('databaseSecretArn') && isProxy) {
    throw new OrderlyError(
      'deployment',
      'databaseSecretArn needs the databaseUrl of a server that checks passwords. The database proxy of --infrastructure accepts IAM only: leave databaseSecretArn out to use it, or name another server in databaseUrl.',
    );
  }
}

/** The outputs that name a database. */
const databaseUrls = ['databaseUrl', 'migrationDatabaseUrl'];

/**
 * Converts the outputs of another stage's infrastructure for a stage that shares it: the same servers, but its own database.
 * The prefix separates topics and consumer groups.
 */
export function borrowOutputs(
  outputs: ReadonlyMap<string, string>,
  stage: string,
): ReadonlyMap<string, string> {
  return new Map(
    [...outputs].map(([name, value]) => {
      if (!databaseUrls.includes(name)) {
        return [name, value];
      }
      const url = new URL(value);
      url.pathname = `/orderly_${stage.replaceAll('-', '_')}`;
      return [name, url.toString()];
    }),
  );
}

/** Returns the event of `migrate`: the role of the functions, and the secret with its password, if they have one. */
export function migrationEvent(parameters: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const url = parameters.get('databaseUrl') ?? '';
  const secretArn = parameters.get('databaseSecretArn');
  return {
    role: URL.canParse(url) ? decodeURIComponent(new URL(url).username) : '',
    ...(secretArn !== undefined && { secret_arn: secretArn }),
  };
}

/**
 * Converts parameters to arguments of the framework. Leaves out those with a variable, which the framework reads from the
 * service file.
 */
export function parameterArguments(parameters: ReadonlyMap<string, string>): string[] {
  return [...parameters]
    .filter(([, value]) => !isVariable(value))
    .map(([name, value]) => `--param=${name}=${value}`);
}

/** A test stage may have fewer replicas, and may be removed without a question. */
export const isTestStage = (parameters: ReadonlyMap<string, string>): boolean =>
  parameters.get('test') === 'true';
