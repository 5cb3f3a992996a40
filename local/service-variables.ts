import type { TokenRules } from '../lib/config/config.ts';
import { localIssuer } from './issuer.ts';
import { stackAddresses } from './local-stack.ts';
import {
  type Environment,
  loadEnvironment,
  NO_TRACES,
  readSettings,
  type Settings,
  setVariables,
} from './settings.ts';

/** Variables that are passed to the functions unchanged. */
const passedOn = [
  'AUTH',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_JWKS_URL',
  'KAFKA_COMPRESSION',
  'RATE_LIMIT',
  'SCHEMA_REGISTRY_URL',
  'FULFILMENT_URL',
  'FULFILMENT_SECRET',
  'OTEL_TRACES_SAMPLER_ARG',
] as const;

/**
 * Returns the environment of the functions and the ports, for `serverless.yml`. So `npm start`, the framework's own commands
 * and the tools use the same addresses.
 */
export function serviceVariables(env: Environment = loadEnvironment()): Readonly<Record<string, string>> {
  const settings = readSettings(env);
  const { brokers, databaseUrl } = stackAddresses(settings);
  const given = setVariables(env);
  return {
    ...Object.fromEntries(passedOn.map((name) => [name, given[name] ?? ''])),
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: settings.logLevel,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpointOf(settings),
    ...(settings.auth === 'local' && tokensOf(localIssuer(settings))),
    API_PORT: `${settings.apiPort}`,
    WEBSOCKET_PORT: `${settings.websocketPort}`,
    LAMBDA_PORT: `${settings.lambdaPort}`,
  };
}

/** Returns the URL of the collector; empty if tracing is off. `npm start` passes the URL of its trace store. */
const endpointOf = ({ tracesEndpoint = '' }: Settings): string =>
  tracesEndpoint === NO_TRACES ? '' : tracesEndpoint;

const tokensOf = ({ issuer, audiences, jwksUrl }: TokenRules): Readonly<Record<string, string>> => ({
  AUTH: 'jwt',
  AUTH_ISSUER: issuer,
  AUTH_AUDIENCE: audiences.join(),
  AUTH_JWKS_URL: jwksUrl,
});
