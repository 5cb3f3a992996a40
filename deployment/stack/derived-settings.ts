import { readParameter, type Variables } from './framework.ts';
import { functions, reservedConcurrency } from './functions.ts';
import type { ParameterName } from './stage-settings.ts';

/** Settings of the service files that follow from the parameters of a stage. `null` means that the setting is left out. */

/** Returns how the functions log in to the database: with a secret if the stage names one, otherwise by IAM. */
export const databaseAuth = async (variables: Variables): Promise<'iam' | 'secret'> =>
  (await readParameter(variables, 'databaseSecretArn')) === '' ? 'iam' : 'secret';

/** Returns whether the stage has a receiver of orders. */
export const hasReceiver = async (variables: Variables): Promise<boolean> =>
  (await readParameter(variables, 'fulfilmentUrl')) !== '';

/** Returns the web pages that may call the API: those of the parameter corsOrigins, by default none. */
export async function cors(variables: Variables): Promise<false | Readonly<Record<string, unknown>>> {
  const origins = await readParameter(variables, 'corsOrigins');
  return origins === ''
    ? false
    : {
        allowedOrigins: origins.split(','),
        allowedMethods: ['GET', 'POST'],
        allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent'],
        exposedResponseHeaders: ['location', 'retry-after', 'idempotency-replayed', 'www-authenticate'],
        maxAge: 3600,
      };
}

const readNumber = async (variables: Variables, name: ParameterName): Promise<number | null> => {
  const value = await readParameter(variables, name);
  return value === '' ? null : Number(value);
};

export const ordersBatchSize = (variables: Variables): Promise<number | null> =>
  readNumber(variables, 'ordersBatchSize');

/** Seconds. */
export const ordersBatchingWindow = (variables: Variables): Promise<number | null> =>
  readNumber(variables, 'ordersBatchingWindow');

/**
 * Returns the limits of provisioned mode: pollers that are ready for a burst and that AWS charges by the hour. Without them
 * Lambda scales the pollers itself. https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
 * @throws Error if the minimum exceeds the maximum, which AWS would report only during the deployment.
 */
export async function ordersPollers(
  variables: Variables,
): Promise<{ minimumPollers: number; maximumPollers: number } | null> {
  const minimumPollers = await readNumber(variables, 'ordersMinimumPollers');
  const maximumPollers = await readNumber(variables, 'ordersMaximumPollers');
  if (minimumPollers === null || maximumPollers === null) {
    return null;
  }
  if (minimumPollers > maximumPollers) {
    throw new Error(`ordersMinimumPollers is ${minimumPollers}, more than ordersMaximumPollers.`);
  }
  return { minimumPollers, maximumPollers };
}

/** Reserved concurrency by function: `${file(./deployment/stack/resources.cjs):reserved.createOrder}`. */
export async function reserved(variables: Variables): Promise<Readonly<Record<string, number>>> {
  const isTest = (await readParameter(variables, 'test')) === 'true';
  return Object.fromEntries(
    Object.entries(functions).map(([name, settings]) => [name, reservedConcurrency(settings, isTest)]),
  );
}
