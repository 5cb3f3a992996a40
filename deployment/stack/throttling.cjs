const naming = require('serverless/lib/plugins/aws/lib/naming');

/**
 * How long a function that is warm takes over a request, in milliseconds. For how long a client waits with ?wait= nobody
 * knows: each holds an execution of getOrder for up to 20 s, and with more of them than it reserves API Gateway answers 503.
 * Waiting requests of one principal hold at most a part of them (lib/waiting/wait-slots.ts).
 */
const milliseconds = {
  welcome: 50,
  health: 100,
  createOrder: 100,
  createOrdersBulk: 500,
  getOrder: 50,
  listOrders: 100,
  orderHistory: 100,
  cancelOrder: 100,
  notFound: 100,
};

/**
 * What API Gateway lets through to a function before it answers 429, so that it fits into what the function reserves: half of
 * that at once, and the other half for those that come while these are worked on. Beyond it Lambda throttles, which is a 503
 * and an alarm. createOrder gets 1,500 a second, for the planned peaks of 1,200. One client's share is not limited here.
 */
function limits(name, reserved) {
  const burst = Math.ceil(reserved / 2);
  return {
    ThrottlingBurstLimit: burst,
    ThrottlingRateLimit: ((reserved - burst) * 1_000) / milliseconds[name],
  };
}

module.exports = async ({ resolveConfigurationProperty }) => {
  const functions = await resolveConfigurationProperty(['functions']);
  const byRoute = Object.fromEntries(
    Object.entries(functions).flatMap(([name, { events, reservedConcurrency }]) =>
      events.flatMap(({ httpApi }) => (httpApi ? [[httpApi, limits(name, reservedConcurrency)]] : [])),
    ),
  );
  const { '*': ofAnyOther, ...ofRoutes } = byRoute;
  const stage = {
    DependsOn: Object.keys(ofRoutes).map((route) => naming.getHttpApiRouteLogicalId(route)), // which must be there first
    Properties: { DefaultRouteSettings: ofAnyOther, RouteSettings: ofRoutes },
  };
  return { extensions: { HttpApiStage: stage } };
};
