/**
 * What the functions behind the API reserve of the account's concurrent executions. A stage for tests takes a tenth, so
 * that it fits beside a full one into Lambda's default quota of 1,000.
 */
const functions = {
  welcome: 10,
  health: 10,
  createOrder: 300,
  createOrdersBulk: 50,
  getOrder: 150,
  listOrders: 50,
  orderHistory: 50,
  cancelOrder: 50,
  notFound: 50,
};

const LEAST = 5; // a page asks for several things at once

const reserved =
  (full) =>
  async ({ resolveVariable }) => {
    const isTest = String(await resolveVariable("param:test, ''")) === 'true';
    return isTest ? Math.max(LEAST, full / 10) : full;
  };

module.exports = Object.fromEntries(Object.entries(functions).map(([name, full]) => [name, reserved(full)]));
