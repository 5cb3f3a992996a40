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
  FULFILMENT_URL: whenSet(z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' })),
  FULFILMENT_SECRET: whenSet(z.string().regex(SIGNING_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')),
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
  FULFILMENT_SECRET_ARN: whenSet(z.string()),
  AWS_REGION: whenSet(z.string()),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: whenSet(z.url()),
  AUTH: whenSet(z.enum(['jwt', 'none'], 'must be jwt or none (local is for npm start)')),
  ...sharedVariables,
});

type Variables = z.infer<typeof variables>;

const needsRegion = z.refine<Variables>(
  ({ KAFKA_AUTH, DATABASE_AUTH, FULFILMENT_SECRET_ARN, AWS_REGION }) =>
    AWS_REGION !== undefined ||
    (KAFKA_AUTH !== 'iam' && DATABASE_AUTH === 'password' && FULFILMENT_SECRET_ARN === undefined),
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

const environment = variables
  .check(needsIssuer)
  .check(needsRegion)
  .check(hasUsableUrl)
  .check(needsSecretArn)
  .check(needsSecret)
  .transform((env) => ({
    /** `local` on a laptop; any other stage is on AWS. */
    stage: env.STAGE,
    kafkaBrokers: env.KAFKA_BROKERS,
    /** `iam`: TLS and the IAM authentication of Amazon MSK. */
    kafkaAuth: env.KAFKA_AUTH,
    /** The prefix of all names of topics and consumer groups. Stages with different prefixes can share a cluster. */
    kafkaPrefix: env.KAFKA_PREFIX,
    databaseUrl: env.DATABASE_URL,
    databaseAuth: databaseAuth(env),
    /** The AWS region; set whenever IAM authentication or a secret needs it. */
    region: env.AWS_REGION ?? '',
    /** Undefined: the endpoint of AWS. */
    secretsEndpoint: env.AWS_ENDPOINT_URL_SECRETS_MANAGER,
    logLevel: env.LOG_LEVEL,
    /** Undefined: the API is open. */
    authentication: isOpen(env) ? undefined : tokenRules(env),
    /** Undefined: the built-in rules decide orders. */
    fulfilment: env.FULFILMENT_URL === undefined ? undefined : fulfilment(env, env.FULFILMENT_URL),
  }));

/** The configuration of the functions. `serverless.yml` sets the environment. */
export type Config = Readonly<z.infer<typeof environment>>;

/** The tokens that the API accepts. */
export type TokenRules = ReturnType<typeof tokenRules>;

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

/** Returns the log settings. Never throws, so that an invalid configuration can be logged. */
export function logSettings(): Pick<Config, 'stage' | 'logLevel'> {
  const { STAGE, LOG_LEVEL } = logEnvironment.parse(process.env);
  return { stage: STAGE, logLevel: LOG_LEVEL };
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
