import { createRequire } from 'node:module';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { readNumber, readParameter, type Variables } from './framework.ts';

/** The window and the pollers of the mapping that delivers orders. `null` means that the setting is left out. */

/** `createRequire`, because the module has no types. */
const naming: { getMSKEventLogicalId(functionName: string, cluster: string, topic: string): string } =
  createRequire(import.meta.url)('serverless/lib/plugins/aws/lib/naming');

/** An extension of the mapping. */
export interface WindowExtension {
  readonly extensions: Readonly<
    Record<string, { readonly Properties: { readonly MaximumBatchingWindowInSeconds: number } }>
  >;
}

/** The limits of provisioned mode. */
export interface Pollers {
  readonly minimumPollers: number;
  readonly maximumPollers: number;
}

const isLowLatency = async (variables: Variables): Promise<boolean> =>
  (await readParameter(variables, 'ordersLatency')) === 'low';

/**
 * Returns the batching window as an extension. The framework drops a `maximumBatchingWindow` of 0 from an event, and Lambda
 * would use its default. Without a window there is no extension.
 */
export async function ordersWindow(variables: Variables): Promise<WindowExtension> {
  const seconds = (await isLowLatency(variables)) ? 0 : await readNumber(variables, 'ordersBatchingWindow');
  if (seconds === null) {
    return { extensions: {} };
  }
  const [, cluster = ''] = (await readParameter(variables, 'kafkaClusterArn')).split('/');
  const topic = `${await readParameter(variables, 'kafkaPrefix')}orders`;
  return {
    extensions: {
      [naming.getMSKEventLogicalId('processOrders', cluster, topic)]: {
        Properties: { MaximumBatchingWindowInSeconds: seconds },
      },
    },
  };
}

/**
 * Returns the limits of provisioned mode: pollers that are ready for a burst and that AWS charges by the hour. Without them
 * Lambda scales the pollers itself. With `ordersLatency=low` the default is one for each partition, minimum and maximum: a
 * change of their number would rebalance the partitions, which delays orders.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-low-latency.html
 * @throws Error if the minimum exceeds the maximum, which AWS would report only during the deployment.
 */
export async function ordersPollers(variables: Variables): Promise<Pollers | null> {
  const minimumPollers = await readNumber(variables, 'ordersMinimumPollers');
  const maximumPollers = await readNumber(variables, 'ordersMaximumPollers');
  if (minimumPollers === null || maximumPollers === null) {
    const { partitions } = topics.orders;
    return (await isLowLatency(variables))
      ? { minimumPollers: partitions, maximumPollers: partitions }
      : null;
  }
  if (minimumPollers > maximumPollers) {
    throw new Error(`ordersMinimumPollers is ${minimumPollers}, more than ordersMaximumPollers.`);
  }
  return { minimumPollers, maximumPollers };
}
