// The framework loads JavaScript from CommonJS files only. Node strips the types of the files that this one requires.
const { alarms } = require('./alarms.ts');
const { dashboard } = require('./dashboard.ts');
const {
  cors,
  databaseAuth,
  hasReceiver,
  ordersBatchingWindow,
  ordersBatchSize,
  ordersPollers,
  reserved,
} = require('./derived-settings.ts');
const { roles } = require('./roles.ts');
const { setupRoles } = require('./setup-roles.ts');
const { throttling } = require('./throttling.ts');

module.exports = {
  alarms,
  cors,
  dashboard,
  databaseAuth,
  hasReceiver,
  ordersBatchingWindow,
  ordersBatchSize,
  ordersPollers,
  reserved,
  roles,
  setupRoles,
  throttling,
};
