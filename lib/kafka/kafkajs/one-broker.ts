/** kafkajs' internal connection to one broker. Only lib uses this file, so the plugin has no copy. */
export { default as Broker } from 'kafkajs/src/broker/index.js';
export { default as ConnectionPool, type ProtocolRequest } from 'kafkajs/src/network/connectionPool.js';
export { default as errors } from 'kafkajs/src/protocol/error.js';
export { default as apiKeys } from 'kafkajs/src/protocol/requests/apiKeys.js';
export { default as protocol } from 'kafkajs/src/protocol/requests/index.js';
