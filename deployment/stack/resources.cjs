// The framework loads JavaScript from CommonJS files only. Node strips the types of the files that this one requires.
const { alarms } = require('./alarms/alarms.ts');
const { dashboard } = require('./dashboard/dashboard.ts');
const { cors, databaseAuth, hasReceiver, ordersBatchSize, reserved } = require('./derived-settings.ts');
const { ordersPollers, ordersWindow } = require('./orders-mapping.ts');
const { roles } = require('./roles.ts');
const { setupRoles } = require('./setup-roles.ts');
const { throttling } = require('./throttling.ts');

module.exports = {
  alarms,
  cors,
  dashboard,
  databaseAuth,
  hasReceiver,
  ordersBatchSize,
  ordersPollers,
  ordersWindow,
  reserved,
  roles,
  setupRoles,
  throttling,
};
