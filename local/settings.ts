import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import * as z from 'zod';
import type { LogLevel } from '../lib/config/config.ts';
import { needsIssuer, needsSecret, sharedVariables } from '../lib/config/config.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { databaseUrlErrors } from '../lib/postgres/database-url.ts';
import { isRunning } from './process/process-table.ts';
import { readServerRecord } from './process/state-files.ts';

export const PROJECT_ROOT = join(import.meta.dirname, '..');

const PORT_VARIABLES = [
  'API_PORT',
  'WEBSOCKET_PORT',
  'LAMBDA_PORT',
  'ISSUER_PORT',
  'TRACES_PORT',
  'KAFKA_PORT',
  'POSTGRES_PORT',
] as const;

/** The value of OTEL_EXPORTER_OTLP_ENDPOINT that turns tracing off. */
export const NO_TRACES = 'none';

const port = (standard: number): z.ZodType<number, string | undefined> =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .pipe(z.int().min(1, 'must be at least 1').max(65_535, 'must be at most 65535'))
    .default(standard);

const environment = z
  .object({
    API_PORT: port(3000),
    WEBSOCKET_PORT: port(3001),
    LAMBDA_PORT: port(3002),
    ISSUER_PORT: port(3003),
    TRACES_PORT: port(3004),
    KAFKA_PORT: port(9092),
    POSTGRES_PORT: port(15_432), // below the ephemeral range: no outgoing connection can take it
    STATE_DIR: z.string().optional(),
    KAFKA_BROKERS: sharedVariables.KAFKA_BROKERS.optional(),
    DATABASE_URL: sharedVariables.DATABASE_URL.optional(),
    LOG_LEVEL: sharedVariables.LOG_LEVEL,
    AUTH: z.enum(['none', 'local', 'jwt'], 'must be none, local or jwt').default('none'),
    AUTH_ISSUER: sharedVariables.AUTH_ISSUER,
    AUTH_AUDIENCE: sharedVariables.AUTH_AUDIENCE,
    AUTH_JWKS_URL: sharedVariables.AUTH_JWKS_URL,
    KAFKA_COMPRESSION: sharedVariables.KAFKA_COMPRESSION,
    RATE_LIMIT: sharedVariables.RATE_LIMIT,
    SCHEMA_REGISTRY_URL: sharedVariables.SCHEMA_REGISTRY_URL,
    FULFILMENT_URL: sharedVariables.FULFILMENT_URL,
    FULFILMENT_SECRET: sharedVariables.FULFILMENT_SECRET,
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .string()
      .check(({ value, issues }) => {
        const { error } = sharedVariables.OTEL_EXPORTER_OTLP_ENDPOINT.safeParse(value);
        for (const { message } of value === NO_TRACES ? [] : (error?.issues ?? [])) {
          issues.push({
            code: 'custom',
            message: `${message} (${NO_TRACES} turns traces off)`,
            input: value,
          });
        }
      })
      .optional(),
    OTEL_TRACES_SAMPLER_ARG: sharedVariables.OTEL_TRACES_SAMPLER_ARG,
  })
  .check(needsIssuer)
  .check(needsSecret)
  .check(({ value, issues }) => {
    for (const message of databaseUrlErrors(value.DATABASE_URL ?? '', 'password')) {
      issues.push({ code: 'custom', path: ['DATABASE_URL'], message, input: undefined });
    }
    for (const [index, name] of PORT_VARIABLES.entries()) {
      const same = PORT_VARIABLES.slice(0, index).find((earlier) => value[earlier] === value[name]);
      if (same) {
        issues.push({
          code: 'custom',
          path: [name],
          message: `must differ from ${same}`,
          input: value[name],
        });
      }
    }
  });

/** The settings of the local stack. */
export interface Settings {
  readonly apiPort: number;
  readonly websocketPort: number;
  readonly lambdaPort: number;
  readonly issuerPort: number;
  readonly tracesPort: number;
  readonly kafkaPort: number;
  readonly postgresPort: number;
  /** Absolute. */
  readonly stateDirectory: string;
  /** If set, this Kafka is used and none is started. */
  readonly kafkaBrokers: readonly string[] | undefined;
  /** If set, this PostgreSQL is used and none is started. */
  readonly databaseUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** The tokens that the API requires: none, those of a local issuer, or those of AUTH_ISSUER. */
  readonly auth: 'none' | 'local' | 'jwt';
  /** The registry that receives the schemas of records. */
  readonly schemaRegistryUrl: string | undefined;
  /** True if a fulfilment receiver decides on orders. */
  readonly hasReceiver: boolean;
  /** The collector of the functions' spans: a URL, or `none`. If undefined, `npm start` starts the trace store. */
  readonly tracesEndpoint: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Merges the environment, `.env` of the project, and the ports of running servers, in this order of precedence. */
export function loadEnvironment(): Environment {
  const file = join(PROJECT_ROOT, '.env');
  const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  const fromFile = isThere ? parseEnv(readFileSync(file, 'utf8')) : {};
  const given = { ...fromFile, ...process.env };
  return { ...given, ...runningPorts(setVariables(given)) };
}

const serverPorts = { KAFKA_PORT: 'kafka', POSTGRES_PORT: 'postgres' } as const;

/** Returns the ports of running servers: another command may have started them with variables that this process lacks. */
function runningPorts(given: Environment): Environment {
  const stateDirectory = stateDirectoryOf(given);
  return Object.fromEntries(
    Object.entries(serverPorts).flatMap(([variable, name]) => {
      const record = given[variable] === undefined ? readServerRecord(stateDirectory, name) : undefined;
      return record && isRunning(record) ? [[variable, `${record.port}`]] : [];
    }),
  );
}

const stateDirectoryOf = ({ STATE_DIR = '.local' }: { STATE_DIR?: string | undefined }): string =>
  resolve(PROJECT_ROOT, STATE_DIR);

export const loadSettings = (): Settings => readSettings(loadEnvironment());

/** Removes empty variables: they count as not set. */
export const setVariables = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));

/** @throws OrderlyError `invalid_configuration` that lists every problem together. */
export function readSettings(env: Environment): Settings {
  const parsed = environment.safeParse(setVariables(env));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path[0]?.toString()} ${message}`);
    throw new OrderlyError(
      'invalid_configuration',
      `These variables of the environment or .env are not valid: ${problems.join('; ')}.`,
    );
  }
  const { data } = parsed;
  return {
    apiPort: data.API_PORT,
    websocketPort: data.WEBSOCKET_PORT,
    lambdaPort: data.LAMBDA_PORT,
    issuerPort: data.ISSUER_PORT,
    tracesPort: data.TRACES_PORT,
    kafkaPort: data.KAFKA_PORT,
    postgresPort: data.POSTGRES_PORT,
    stateDirectory: stateDirectoryOf(data),
    kafkaBrokers: data.KAFKA_BROKERS,
    databaseUrl: data.DATABASE_URL,
    logLevel: data.LOG_LEVEL,
    auth: data.AUTH,
    schemaRegistryUrl: data.SCHEMA_REGISTRY_URL,
    hasReceiver: data.FULFILMENT_URL !== undefined,
    tracesEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}
