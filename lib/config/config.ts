import * as z from 'zod';
import type { CredentialsProvider } from '../aws/aws-credentials.ts';
import { OrderlyError } from '../errors/orderly-error.ts';
import { databaseUrlErrors } from '../postgres/database-url.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

const brokerList = z
  .string('is missing: host:port, several separated by commas')
  .transform((list) => list.split(',').map((broker) => broker.trim()))
  .pipe(
    z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port, several separated by commas')).min(1),
  );

/** Treats an empty variable as not set. */
const whenSet = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema.optional());

/** `whsec_` and 24 to 64 bytes in base64: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const SIGNING_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/**
 * An attacker who can change the issuer's keys in transit can forge tokens: the URL must use TLS, or a loopback address.
 */
function isSecure(text: string): boolean {
  const url = URL.parse(text);
  const isLoopback = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
}

/** Hosts that only a private network has: RFC 1918, RFC 4193, names under `.internal` and `.local`, and names without a dot. */
const privateHost =
  /^(10\.|127\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+$|^\[(::1|f[cd][\da-f]{2}:.*)\]$|^[a-z][a-z0-9-]*$|\.(internal|local)$/;

/** Spans name orders: they leave a private network over TLS only. */
function isTraceTarget(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && privateHost.test(url.hostname));
}

/** The variables that both the functions and the local stack read. */
export const sharedVariables = {
  KAFKA_BROKERS: brokerList,
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be postgresql://user:password@host:port/database',
  }),
  AUTH_ISSUER: whenSet(z.string()),
  AUTH_AUDIENCE: whenSet(
    z
      .string()
      .transform((list) => list.split(',').map((audience) => audience.trim()))
      .refine(
        (audiences) => audiences.every(Boolean),
        'must be one audience, or several separated by commas',
      ),
  ),
  AUTH_JWKS_URL: whenSet(
    z.string().refine(isSecure, 'must be https://…, or http:// with a loopback address (127.0.0.1)'),
  ),
  LOG_LEVEL: z.enum(logLevels, 'must be debug, info, warn or error').default('info'),
  KAFKA_COMPRESSION: whenSet(z.enum(['none', 'gzip', 'zstd'], 'must be none, gzip or zstd')),
  RATE_LIMIT: whenSet(
    z
      .string()
      .regex(/^[1-9]\d{0,6}$/, 'must be a whole number of orders a minute, from 1 to 9999999')
      .transform(Number),
  ),
  SCHEMA_REGISTRY_URL: whenSet(
    z
      .url({ protocol: /^https?$/, error: 'must be http://… or https://…' })
      .refine(
        (url) => !/\/\/[^/]*@/.test(url),
        'must contain no user: SCHEMA_REGISTRY_SECRET_ARN names its secret',
      )
      .refine((url) => !/[?#]/.test(url), 'must contain no query and no fragment: paths are added to it'),
  ),
  FULFILMENT_URL: whenSet(z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' })),
  FULFILMENT_SECRET: whenSet(z.string().regex(SIGNING_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')),
  OTEL_EXPORTER_OTLP_ENDPOINT: whenSet(
    z
      .string()
      .refine(isTraceTarget, 'must be https://…, or http:// with a loopback or private address')
      .refine(
        (url) => !/[?#]|\/\/[^/]*@/.test(url),
        'must contain no user, no query and no fragment: /v1/traces is added to it',
      )
      .refine((url) => !/\/v1\/traces\/*$/.test(url), 'must not end with /v1/traces, which is added to it'),
  ),
  OTEL_TRACES_SAMPLER_ARG: whenSet(
    z
      .string()
      .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a ratio from 0 to 1, such as 0.01')
      .transform(Number),
  ),
};

type SharedVariables = z.infer<z.ZodObject<typeof sharedVariables>>;

type Fulfilment = Pick<SharedVariables, 'FULFILMENT_URL' | 'FULFILMENT_SECRET'> & {
  FULFILMENT_SECRET_ARN?: string | undefined;
};

/** Requires a secret for a receiver, because calls to a receiver are always signed. */
export const needsSecret = z.refine<Fulfilment>(
  ({ FULFILMENT_URL, FULFILMENT_SECRET, FULFILMENT_SECRET_ARN }) =>
    !FULFILMENT_URL || (FULFILMENT_SECRET ?? FULFILMENT_SECRET_ARN) !== undefined,
  { path: ['FULFILMENT_SECRET'], error: 'is missing: it signs the calls to FULFILMENT_URL' },
);

type Authentication = Pick<SharedVariables, 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_JWKS_URL'> & {
  STAGE?: string;
  AUTH?: string | undefined;
};

const LOCAL_STAGE = 'local';

const issuerVariables = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'] as const;

/** The API is open with AUTH=none, and on a laptop without any of these variables. A partial configuration is not open. */
const isOpen = (value: Authentication): boolean =>
  value.AUTH === 'none' ||
  (value.AUTH === undefined &&
    value.STAGE === LOCAL_STAGE &&
    issuerVariables.every((name) => value[name] === undefined));

/** Requires the issuer's variables unless the API is open. `npm start` provides the issuer of AUTH=local. */
export const needsIssuer = z.check<Authentication>(({ value, issues }) => {
  if (isOpen(value) || value.AUTH === 'local') {
    return;
  }
  for (const name of issuerVariables.filter((name) => value[name] === undefined)) {
    const message = 'is missing: the API requires tokens (docs/authentication.md) unless AUTH is none';
    issues.push({ code: 'custom', path: [name], message, input: undefined });
  }
});

const variables = z.object({
  STAGE: z.string('is missing').min(1, 'is missing'),
  KAFKA_AUTH: z.enum(['none', 'iam'], 'must be none or iam').default('none'),
  KAFKA_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,64}$/, 'must be up to 64 letters, digits, dots, lines')
    .default(''),
  DATABASE_AUTH: z.enum(['password', 'iam', 'secret'], 'must be password, iam or secret').default('password'),
  DATABASE_SECRET_ARN: whenSet(z.string()),
  SCHEMA_REGISTRY_SECRET_ARN: whenSet(z.string()),
  FULFILMENT_SECRET_ARN: whenSet(z.string()),
  AWS_REGION: whenSet(z.string()),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: whenSet(z.url()),
  AUTH: whenSet(z.enum(['jwt', 'none'], 'must be jwt or none (local is for npm start)')),
  ...sharedVariables,
});

type Variables = z.infer<typeof variables>;

const needsRegion = z.refine<Variables>(
  ({ KAFKA_AUTH, DATABASE_AUTH, SCHEMA_REGISTRY_SECRET_ARN, FULFILMENT_SECRET_ARN, AWS_REGION }) =>
    AWS_REGION !== undefined ||
    (KAFKA_AUTH !== 'iam' &&
      DATABASE_AUTH === 'password' &&
      (SCHEMA_REGISTRY_SECRET_ARN ?? FULFILMENT_SECRET_ARN) === undefined),
  { path: ['AWS_REGION'], error: 'is missing: IAM authentication and secrets need it' },
);

/** Rejects URL parameters that would have no effect. */
const hasUsableUrl = z.check<Variables>(({ value: { DATABASE_URL, DATABASE_AUTH }, issues }) => {
  for (const message of databaseUrlErrors(DATABASE_URL, DATABASE_AUTH)) {
    issues.push({ code: 'custom', path: ['DATABASE_URL'], message, input: undefined });
  }
});

const needsSecretArn = z.refine<Variables>(
  ({ DATABASE_AUTH, DATABASE_SECRET_ARN }) => DATABASE_AUTH !== 'secret' || DATABASE_SECRET_ARN !== undefined,
  { path: ['DATABASE_SECRET_ARN'], error: 'is missing: DATABASE_AUTH=secret needs it' },
);

/** A secret in plaintext would be readable on its way. */
const sendsSecretOverTls = z.refine<Variables>(
  ({ SCHEMA_REGISTRY_URL, SCHEMA_REGISTRY_SECRET_ARN }) =>
    !SCHEMA_REGISTRY_URL || SCHEMA_REGISTRY_SECRET_ARN === undefined || isSecure(SCHEMA_REGISTRY_URL),
  { path: ['SCHEMA_REGISTRY_URL'], error: 'must be https://…, because SCHEMA_REGISTRY_SECRET_ARN is set' },
);

/** The login method of PostgreSQL: the password of the URL, IAM as the user of the URL, or the password of a secret. */
const databaseAuth = ({ DATABASE_AUTH: by, DATABASE_SECRET_ARN: secretArn = '' }: Variables) =>
  by === 'secret' ? { by, secretArn } : { by };

const tokenRules = ({ AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS_URL }: Variables) => ({
  /** The required claim `iss`, compared exactly. */
  issuer: AUTH_ISSUER ?? '',
  /** The claim `aud` must contain one of them. */
  audiences: AUTH_AUDIENCE ?? [],
  /** The URL of the issuer's keys. */
  jwksUrl: AUTH_JWKS_URL ?? '',
});

/** Calls are signed with the secret, or with the secret that Secrets Manager stores under the ARN. */
const fulfilment = (
  { FULFILMENT_SECRET: secret, FULFILMENT_SECRET_ARN: secretArn = '' }: Variables,
  url: string,
) => ({
  url,
  signedWith: secret === undefined ? { secretArn } : { secret },
});

/** Without a secret, requests have no authentication. */
const schemaRegistry = ({ SCHEMA_REGISTRY_SECRET_ARN: secretArn }: Variables, url: string) => ({
  url,
  secretArn,
});

const environment = variables
  .check(needsIssuer)
  .check(needsRegion)
  .check(hasUsableUrl)
  .check(needsSecretArn)
  .check(sendsSecretOverTls)
  .check(needsSecret)
  .transform((env) => ({
    /** `local` on a laptop; any other stage is on AWS. */
    stage: env.STAGE,
    kafkaBrokers: env.KAFKA_BROKERS,
    /** `iam`: TLS and the IAM authentication of Amazon MSK. */
    kafkaAuth: env.KAFKA_AUTH,
    /** The prefix of all names of topics and consumer groups. Stages with different prefixes can share a cluster. */
    kafkaPrefix: env.KAFKA_PREFIX,
    /** The codec of produced batches. */
    kafkaCompression: env.KAFKA_COMPRESSION ?? 'none',
    databaseUrl: env.DATABASE_URL,
    databaseAuth: databaseAuth(env),
    /** The AWS region; set whenever IAM authentication or a secret needs it. */
    region: env.AWS_REGION ?? '',
    /** Undefined: the endpoint of AWS. */
    secretsEndpoint: env.AWS_ENDPOINT_URL_SECRETS_MANAGER,
    logLevel: env.LOG_LEVEL,
    /** Undefined: the API is open. */
    authentication: isOpen(env) ? undefined : tokenRules(env),
    /** Orders a minute of each principal. Undefined: no limit. */
    rateLimit: env.RATE_LIMIT,
    /** Undefined: records are produced without the id of their schema. */
    schemaRegistry:
      env.SCHEMA_REGISTRY_URL === undefined ? undefined : schemaRegistry(env, env.SCHEMA_REGISTRY_URL),
    /** Undefined: the built-in rules decide orders. */
    fulfilment: env.FULFILMENT_URL === undefined ? undefined : fulfilment(env, env.FULFILMENT_URL),
  }));

/** The configuration of the functions. `serverless.yml` sets the environment. */
export type Config = Readonly<z.infer<typeof environment>>;

/** The tokens that the API accepts. */
export type TokenRules = ReturnType<typeof tokenRules>;

/** The registry that the schemas of records are registered with. */
export type SchemaRegistryConfig = ReturnType<typeof schemaRegistry>;

/** The receiver that decides orders. */
export type FulfilmentConfig = ReturnType<typeof fulfilment>;

/**
 * Parses the configuration.
 * @throws OrderlyError `invalid_configuration` that lists all problems together.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { data, error } = environment.safeParse(env);
  if (data === undefined) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new OrderlyError(
      'invalid_configuration',
      `The environment is not complete: ${problems.join('; ')}.`,
    );
  }
  return Object.freeze(data);
}

const logEnvironment = z.object({
  STAGE: z.string().catch('local'),
  LOG_LEVEL: sharedVariables.LOG_LEVEL.catch('info'),
});

let currentLogSettings: Pick<Config, 'stage' | 'logLevel'> | undefined;

/** Returns the log settings of this process. Never throws, so that an invalid configuration can be logged. */
export function logSettings(): Pick<Config, 'stage' | 'logLevel'> {
  if (currentLogSettings === undefined) {
    const { STAGE, LOG_LEVEL } = logEnvironment.parse(process.env);
    currentLogSettings = { stage: STAGE, logLevel: LOG_LEVEL };
  }
  return currentLogSettings;
}

const traceEnvironment = z.object({
  STAGE: logEnvironment.shape.STAGE,
  OTEL_EXPORTER_OTLP_ENDPOINT: sharedVariables.OTEL_EXPORTER_OTLP_ENDPOINT.catch(undefined),
  OTEL_TRACES_SAMPLER_ARG: sharedVariables.OTEL_TRACES_SAMPLER_ARG.catch(undefined),
  AWS_LAMBDA_FUNCTION_NAME: z.string().optional(),
  AWS_REGION: z.string().optional(),
  IS_LOCAL: z.string().optional(), // set by `serverless invoke local`
});

/** Where spans are sent to, and which traces are recorded. */
export interface TraceSettings {
  /** The base URL of the collector. */
  readonly endpoint: string;
  /** The share of new traces that are recorded, from 0 to 1. Undefined: a fixed number a second. */
  readonly ratio: number | undefined;
  readonly stage: string;
  /**
   * Spans must be sent before the answer. Lambda freezes a process after it, and `serverless invoke local` ends it; that of
   * `npm start` continues.
   */
  readonly stopsAfterAnswer: boolean;
  /** Undefined outside of Lambda. */
  readonly functionName: string | undefined;
  readonly region: string | undefined;
}

let currentTraceSettings: { readonly settings: TraceSettings | undefined } | undefined;

/**
 * Returns the trace settings of this process; undefined if tracing is off. Never throws, because functions without a
 * configuration have spans too: `config()` reports an invalid value.
 */
export function traceSettings(): TraceSettings | undefined {
  currentTraceSettings ??= { settings: readTraceSettings(process.env) };
  return currentTraceSettings.settings;
}

function readTraceSettings(env: Readonly<Record<string, string | undefined>>): TraceSettings | undefined {
  const values = traceEnvironment.parse(env);
  return values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
    ? undefined
    : {
        endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
        ratio: values.OTEL_TRACES_SAMPLER_ARG,
        stage: values.STAGE,
        stopsAfterAnswer: values.STAGE !== LOCAL_STAGE || values.IS_LOCAL !== undefined,
        // Locally all functions share a process, and this variable has the name of the first one.
        functionName: values.STAGE === LOCAL_STAGE ? undefined : values.AWS_LAMBDA_FUNCTION_NAME,
        region: values.AWS_REGION,
      };
}

let current: Config | undefined;

/** Returns the configuration of this process. Parses the environment once. @throws like `readConfig` */
export function config(): Config {
  current ??= readConfig(process.env);
  return current;
}

const credentialsEnvironment = z.object({
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: whenSet(z.string()),
});

/** Returns the AWS credentials that the environment contains now. Lambda sets the credentials of the function's role. */
export const environmentCredentials: CredentialsProvider = async () => {
  const env = credentialsEnvironment.parse(process.env);
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
  };
};
