/** The web pages that may call the API, by the parameter corsOrigins; none without it. */
module.exports.fromOrigins = async ({ resolveVariable }) => {
  const origins = await resolveVariable("param:corsOrigins, ''");
  return origins === ''
    ? false
    : {
        allowedOrigins: origins.split(','),
        allowedMethods: ['GET', 'POST'],
        allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent'],
        exposedResponseHeaders: ['location', 'retry-after', 'idempotency-replayed', 'www-authenticate'],
        maxAge: 3600,
      };
};
