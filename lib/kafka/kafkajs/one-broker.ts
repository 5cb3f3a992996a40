/** kafkajs' connection to one broker, below its public interface. The plugin has no copy of this file: it needs none. */
export { default as Broker } from 'kafkajs/src/broker/index.js';
export { default as ConnectionPool, type ProtocolRequest } from 'kafkajs/src/network/connectionPool.js';
export { default as errors } from 'kafkajs/src/protocol/error.js';
export { default as apiKeys } from 'kafkajs/src/protocol/requests/apiKeys.js';
export { default as protocol } from 'kafkajs/src/protocol/requests/index.js';
