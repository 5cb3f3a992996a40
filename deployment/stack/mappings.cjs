/** Settings of the mapping of orders that are there only if a stage asks for them; `null` is as if not written. */

const number = async (resolveVariable, name) => {
  const value = await resolveVariable(`param:${name}, ''`);
  return value === '' ? null : Number(value);
};

const ordersBatchSize = ({ resolveVariable }) => number(resolveVariable, 'ordersBatchSize');

const ordersWindow = ({ resolveVariable }) => number(resolveVariable, 'ordersBatchingWindow');

/**
 * Provisioned mode: pollers that are ready for a burst, and cost by the hour. Without it Lambda scales them by itself.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
 */
async function ordersPollers({ resolveVariable }) {
  const minimumPollers = await number(resolveVariable, 'ordersMinimumPollers');
  const maximumPollers = await number(resolveVariable, 'ordersMaximumPollers');
  if (minimumPollers > maximumPollers) {
    throw new Error(`ordersMinimumPollers is ${minimumPollers}, more than ordersMaximumPollers.`); // AWS says so only when it deploys
  }
  return minimumPollers === null ? null : { minimumPollers, maximumPollers };
}

module.exports = { ordersBatchSize, ordersPollers, ordersWindow };
