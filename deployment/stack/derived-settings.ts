import { cloudWatchRegion } from '../../lib/observability/traces/export-spans.ts';
import { readNumber, readParameter, type Variables } from './framework.ts';
import { functions, reservedConcurrency } from './functions.ts';

/** Settings of the service files that follow from the parameters of a stage. `null` means that the setting is left out. */

/** Returns how the functions log in to the database: with a secret if the stage names one, otherwise by IAM. */
export const databaseAuth = async (variables: Variables): Promise<'iam' | 'secret'> =>
  (await readParameter(variables, 'databaseSecretArn')) === '' ? 'iam' : 'secret';

/** Returns whether the stage has a receiver of orders. */
export const hasReceiver = async (variables: Variables): Promise<boolean> =>
  (await readParameter(variables, 'fulfilmentUrl')) !== '';

/** Returns whether the functions export traces to CloudWatch, which requires permissions of their roles. */
export const tracesToCloudWatch = async (variables: Variables): Promise<boolean> =>
  cloudWatchRegion(await readParameter(variables, 'otlpEndpoint')) !== undefined;

/** Returns the web pages that may call the API: those of the parameter corsOrigins, by default none. */
export async function cors(variables: Variables): Promise<false | Readonly<Record<string, unknown>>> {
  const origins = await readParameter(variables, 'corsOrigins');
  return origins === ''
    ? false
    : {
        allowedOrigins: origins.split(','),
        allowedMethods: ['GET', 'POST'],
        allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent'],
        exposedResponseHeaders: [
          ...['location', 'retry-after', 'ratelimit', 'ratelimit-policy'],
          ...['idempotency-replayed', 'www-authenticate', 'x-request-id'],
        ],
        maxAge: 3600,
      };
}

export const ordersBatchSize = (variables: Variables): Promise<number | null> =>
  readNumber(variables, 'ordersBatchSize');

/** Reserved concurrency by function: `${file(./deployment/stack/resources.cjs):reserved.createOrder}`. */
export async function reserved(variables: Variables): Promise<Readonly<Record<string, number>>> {
  const isTest = (await readParameter(variables, 'test')) === 'true';
  return Object.fromEntries(
    Object.entries(functions).map(([name, settings]) => [name, reservedConcurrency(settings, isTest)]),
  );
}
