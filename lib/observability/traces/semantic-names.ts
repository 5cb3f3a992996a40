/**
 * The names of OpenTelemetry's semantic conventions 1.45 that spans use. They are copied here, because the package with all
 * names is larger than the rest of the tracer. A test compares them with the package.
 * https://opentelemetry.io/docs/specs/semconv/
 */

export const resourceNames = {
  serviceName: 'service.name',
  serviceVersion: 'service.version',
  environmentName: 'deployment.environment.name',
  functionName: 'faas.name',
  cloudProvider: 'cloud.provider',
  cloudPlatform: 'cloud.platform',
  cloudRegion: 'cloud.region',
} as const;

export const spanNames = {
  errorType: 'error.type',
  invocationId: 'faas.invocation.id',
  trigger: 'faas.trigger',
  requestMethod: 'http.request.method',
  resendCount: 'http.request.resend_count',
  responseStatus: 'http.response.status_code',
  route: 'http.route',
  urlPath: 'url.path',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  messagingSystem: 'messaging.system.name',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  consumerGroup: 'messaging.consumer.group.name',
  messageCount: 'messaging.batch.message_count',
  offset: 'kafka.offset',
  databaseSystem: 'db.system.name',
  querySummary: 'db.query.summary',
  collection: 'db.collection.name',
  batchSize: 'db.operation.batch.size',
} as const;

/** The names that only Orderly has. They find the trace of an order. */
export const orderNames = {
  orderId: 'orderly.order.id',
  /** The first hundred orders of a bulk request. */
  orderIds: 'orderly.order.ids',
} as const;
