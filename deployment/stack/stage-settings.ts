import * as z from 'zod';

/** Description of a parameter for `npm run deploy -- --help`, messages and docs. */
interface Details {
  readonly description: string;
  readonly example: string;
}

const details = z.registry<Details>();

/** `${cf:…}` and other variables, which only the framework can resolve. */
export const isVariable = (value: string): boolean => value.includes('${');

/** Hides a password that a URL may contain by mistake. */
export const withoutPassword = (text: string): string =>
  text.replace(/(:\/\/[^:@/\s]*):[^@/\s]*@/g, '$1:***@');

/** A parameter whose whole value matches a pattern. */
function parameter(description: string, pattern: RegExp, example: string): z.ZodString {
  const whole = new RegExp(`^(?:${pattern.source})$`);
  return z
    .string({ error: () => `is missing: ${description}` })
    .refine((value) => isVariable(value) || whole.test(value), {
      error: ({ input }) => `is "${withoutPassword(String(input))}", but must be: ${description}`,
    })
    .register(details, { description, example });
}

const ACCOUNT = '000000000000';
const UUID = '00000000-0000-0000-0000-000000000000';

const databasePattern = /postgres(ql)?:\/\/[^:@/\s]+@[^@/\s]+\/[^/\s]+/;
const secretPattern = /arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+/;
/** Spans contain order ids, so they leave a private network only over https. The path `/v1/traces` is added to the URL. */
const traceTargetPattern =
  /https:\/\/[^\s@?#]+|http:\/\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+(:\d+)?\/?|http:\/\/[a-z0-9.-]+\.(internal|local)(:\d+)?\/?/;
const secretExample = (name: string): string =>
  `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:${name}-AbCdEf`;

const required = {
  kafkaBrokers: parameter(
    'the brokers of the MSK cluster, host:port, separated by commas',
    /[^\s,:]+:\d+(,[^\s,:]+:\d+)*/,
    'b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com:9098',
  ),
  kafkaClusterArn: parameter(
    'the ARN of the same cluster',
    /arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/\s]+\/[^/\s]+/,
    `arn:aws:kafka:eu-west-1:${ACCOUNT}:cluster/orders/${UUID}-1`,
  ),
  vpcSubnetIds: parameter(
    'the private subnets that reach the brokers and the database, separated by commas',
    /subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*/,
    'subnet-00000000000000001,subnet-00000000000000002',
  ),
  vpcSecurityGroupIds: parameter(
    'the security groups of the functions, separated by commas',
    /sg-[0-9a-f]+(,sg-[0-9a-f]+)*/,
    'sg-00000000000000001',
  ),
};

const optional = {
  databaseSecretArn: parameter(
    'the ARN of the Secrets Manager secret with the user name and password of the functions, in the format of RDS',
    secretPattern,
    secretExample('orders-database'),
  ).optional(),
  secretKeyArn: parameter(
    'the ARN of the KMS key that encrypts the secrets, if it is not the AWS managed key',
    /arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+/,
    `arn:aws:kms:eu-west-1:${ACCOUNT}:key/${UUID}`,
  ).optional(),
  kafkaAuth: parameter(
    'how clients authenticate at Kafka: iam (the default) or none',
    /iam|none/,
    'none',
  ).optional(),
  kafkaPrefix: parameter(
    'the prefix of the names of topics and consumer groups; by default the stage and a dot, and nothing for prod',
    /[A-Za-z0-9._-]{1,64}/,
    'dev.',
  ).optional(),
  schemaRegistryUrl: parameter(
    'the http or https base URL of a schema registry with the API of Confluent, without a user',
    /https?:\/\/[^\s@]+/,
    'https://registry.example.com',
  ).optional(),
  schemaRegistrySecretArn: parameter(
    'the ARN of the Secrets Manager secret with key:secret of that registry, which must then use https',
    secretPattern,
    secretExample('schema-registry'),
  ).optional(),
  logLevel: parameter(
    'the log level: debug, info (the default), warn or error',
    /debug|info|warn|error/,
    'info',
  ).optional(),
  permissionsBoundaryArn: parameter(
    'the ARN of a permissions boundary for the roles',
    /arn:aws[a-z-]*:iam::\d{12}:policy\/[\w+=,.@/-]+/,
    `arn:aws:iam::${ACCOUNT}:policy/boundary`,
  ).optional(),
  test: parameter(
    'true for a stage for tests: its API reserves a tenth, and its topics may have fewer replicas',
    /true|false/,
    'true',
  ).optional(),
};

const issuer = {
  authIssuer: parameter(
    'the issuer of the accepted tokens, as in their claim iss',
    /https:\/\/[^\s,]+/,
    'https://issuer.example.com/',
  ).optional(),
  authAudience: parameter(
    'the claim aud of the tokens; several are separated by commas',
    /[^\s,]+(,[^\s,]+)*/,
    'https://orders.example.com',
  ).optional(),
  authJwksUrl: parameter(
    "the https URL of the issuer's keys",
    /https:\/\/[^\s]+/,
    'https://issuer.example.com/.well-known/jwks.json',
  ).optional(),
};

type Shape = Readonly<Record<string, z.ZodString | z.ZodOptional<z.ZodString>>>;

const detailsOf = (schema: Shape[string] | undefined): Details =>
  details.get(schema instanceof z.ZodOptional ? schema.unwrap() : (schema ?? z.string())) ?? {
    description: '',
    example: '',
  };

type Values = Readonly<Record<string, string | undefined>>;

/**
 * A rule about several parameters. It is checked even when other parameters are wrong, so that one message lists all.
 */
const rule = (name: string, message: string): { path: string[]; error: string; when: () => boolean } => ({
  path: [name],
  error: message,
  when: () => true,
});

const missing = (shape: Shape, name: string): string => `is missing: ${detailsOf(shape[name]).description}`;

const applicationShape = {
  ...required,
  ...optional,
  ...issuer,
  databaseUrl: parameter(
    'the URL of the database or its proxy, postgresql://user@host:5432/name, without a password',
    databasePattern,
    'postgresql://orderly_app@orders.proxy-abc123.eu-west-1.rds.amazonaws.com:5432/orderly',
  ),
  databaseResourceId: parameter(
    'the resource id of the database proxy (prx-…) or cluster (cluster-…), for IAM authentication',
    /(prx|cluster|db)-[A-Za-z0-9]+/,
    'prx-0123456789abcdef0',
  ).optional(),
  databaseAuth: parameter(
    'how the functions log in to the database: iam or secret, by default according to databaseSecretArn; password only for an emulator',
    /iam|secret|password/,
    'iam',
  ).optional(),
  auth: parameter(
    'jwt (the default) requires a token; none leaves the API open',
    /jwt|none/,
    'none',
  ).optional(),
  corsOrigins: parameter(
    'the origins of web pages that may call the API, in lower case and without wildcards, separated by commas',
    /https?:\/\/[a-z0-9.-]+(:\d+)?(,https?:\/\/[a-z0-9.-]+(:\d+)?)*/,
    'https://shop.example.com',
  ).optional(),
  kafkaCompression: parameter(
    'how batches of 1 KB and more are compressed: none (the default), gzip or zstd; every consumer must know the codec',
    /none|gzip|zstd/,
    'zstd',
  ).optional(),
  rateLimit: parameter(
    'the number of orders that one principal may send a minute, by default without a limit',
    /[1-9]\d{0,6}/,
    '6000',
  ).optional(),
  ordersBatchSize: parameter(
    'the maximum number of orders of one invocation, 1 to 10000',
    /[1-9]\d{0,3}|10000/,
    '1000',
  ).optional(),
  ordersLatency: parameter(
    'low: pollers that are always ready deliver each order at once; standard (the default): Lambda collects orders',
    /standard|low/,
    'standard',
  ).optional(),
  ordersBatchingWindow: parameter(
    'how long Lambda collects orders, 1 to 300 seconds; by default half a second, and with ordersLatency=low not at all',
    /[1-9]\d?|[12]\d\d|300/,
    '5',
  ).optional(),
  ordersMinimumPollers: parameter(
    'the minimum number of pollers in provisioned mode, 1 to 200',
    /[1-9]\d?|1\d\d|200/,
    '1',
  ).optional(),
  ordersMaximumPollers: parameter(
    'the maximum number of pollers in provisioned mode, at least the minimum',
    /[1-9]\d{0,3}/,
    '6',
  ).optional(),
  alarmTopicArn: parameter(
    'the ARN of the SNS topic that alarms notify',
    /arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+/,
    `arn:aws:sns:eu-west-1:${ACCOUNT}:orders-on-call`,
  ).optional(),
  otlpEndpoint: parameter(
    'the base URL of the collector for traces: https, or http with a private address',
    traceTargetPattern,
    'https://xray.eu-west-1.amazonaws.com',
  ).optional(),
  traceRatio: parameter(
    'the share of requests that are traced, from 0 to 1; by default 0.01',
    /0(\.\d+)?|1(\.0+)?/,
    '0.01',
  ).optional(),
  fulfilmentUrl: parameter(
    'the http or https URL of the receiver that decides on orders',
    /https?:\/\/[^\s]+/,
    'https://fulfilment.example.com/orders',
  ).optional(),
  fulfilmentSecretArn: parameter(
    'the ARN of the Secrets Manager secret that signs the calls to fulfilmentUrl, whsec_…',
    secretPattern,
    secretExample('fulfilment'),
  ).optional(),
};

/** The parameters of serverless.yml. */
export const applicationSettings = ['authIssuer', 'authAudience', 'authJwksUrl'].reduce(
  (schema, name) =>
    schema.refine(
      (values: Values) => values.auth === 'none' || values[name] !== undefined,
      rule(name, `${missing(applicationShape, name)} (not needed with --param='auth=none')`),
    ),
  z
    .object(applicationShape)
    .refine(
      ({ databaseResourceId, databaseSecretArn }) => databaseResourceId ?? databaseSecretArn,
      rule(
        'databaseResourceId',
        `or databaseSecretArn is missing: ${detailsOf(applicationShape.databaseResourceId).description}; or ${detailsOf(applicationShape.databaseSecretArn).description}`,
      ),
    )
    .refine(
      ({ fulfilmentUrl, fulfilmentSecretArn }) => fulfilmentUrl === undefined || fulfilmentSecretArn,
      rule('fulfilmentSecretArn', missing(applicationShape, 'fulfilmentSecretArn')),
    )
    .refine(
      ({ ordersMinimumPollers, ordersMaximumPollers }) =>
        ordersMinimumPollers === undefined || ordersMaximumPollers,
      rule('ordersMaximumPollers', missing(applicationShape, 'ordersMaximumPollers')),
    )
    .refine(
      ({ ordersMinimumPollers, ordersMaximumPollers }) =>
        ordersMaximumPollers === undefined || ordersMinimumPollers,
      rule('ordersMinimumPollers', missing(applicationShape, 'ordersMinimumPollers')),
    )
    .refine(
      ({ ordersLatency, ordersBatchingWindow }) =>
        ordersLatency !== 'low' || ordersBatchingWindow === undefined,
      rule(
        'ordersLatency',
        'is "low", so Lambda does not collect orders: leave out ordersBatchingWindow, or set standard',
      ),
    ),
);

/** The parameters of serverless.setup.yml. */
export const setupSettings = z.object({
  ...required,
  ...optional,
  migrationDatabaseUrl: parameter(
    'the URL of the database itself, not of its proxy, with the user that migrates and without a password',
    databasePattern,
    'postgresql://orderly_admin@orders.cluster-abc123.eu-west-1.rds.amazonaws.com:5432/orderly',
  ),
  migrationSecretArn: parameter(
    "the ARN of the Secrets Manager secret with that user's password, in the format of RDS",
    secretPattern,
    secretExample('orders-admin'),
  ),
  migrationAuth: parameter(
    'how the migration logs in to the database: secret (the default); password only for an emulator',
    /secret|password/,
    'secret',
  ).optional(),
});

const choice = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, {
    error: ({ input }) => `is "${input}", but must be ${words.join(' or ')}.`,
  });

const flag = () => choice('true', 'false').transform((word) => word === 'true');

const amount = () =>
  z
    .string()
    .refine((text) => Number(text) > 0, {
      error: ({ input }) => `is "${input}", but must be a positive number.`,
    })
    .transform(Number);

/**
 * The parameters of infrastructure/serverless.yml, which has their defaults. docs/deployment.md describes them; a test
 * compares all three.
 */
export const infrastructureSettings = z.object({
  kafka: choice('provisioned', 'serverless'),
  kafkaVersion: z.string(),
  kafkaInstanceType: z.string(),
  /** Gigabytes of each broker. */
  kafkaStorageGb: amount(),
  kafkaPrefix: z.string(),
  databaseVersion: z.string(),
  /** Aurora capacity units. */
  databaseMinimumCapacity: amount(),
  databaseMaximumCapacity: amount(),
  /** A VPC is at most a /16. */
  vpcCidr: z.string().regex(/^\d+\.\d+\.\d+\.\d+\/1[67]$/, {
    error: ({ input }) =>
      `is "${input}", but must be a block of /16 or /17, such as 10.20.0.0/16: its subnets are six blocks of /20.`,
  }),
  /** Names, separated by commas; '' for the first zones of the region. */
  availabilityZones: z.string(),
  natGateways: choice('each', 'one'),
  /** '' for none. */
  alarmTopicArn: z.string(),
  test: flag(),
  isProtected: flag(),
});

export type InfrastructureSettings = z.infer<typeof infrastructureSettings>;

/** A schema of parameters that are given as texts. */
export type Settings = typeof applicationSettings | typeof setupSettings;

export type ParameterName = keyof z.infer<typeof applicationSettings> | keyof z.infer<typeof setupSettings>;

/** A parameter that is missing or malformed. */
export interface Fault {
  /** The parameter; if one of several is missing, the first of them. */
  readonly name: string;
  /** A line for the person who packages. */
  readonly line: string;
  /** A valid value. */
  readonly example: string;
}

/** Returns everything that is wrong with the parameters of a stage: missing ones first. */
export function findFaults(settings: Settings, given: ReadonlyMap<string, unknown>): readonly Fault[] {
  const values = Object.fromEntries(
    [...given].flatMap(([name, value]) => (value == null || value === '' ? [] : [[name, String(value)]])),
  );
  const { error } = settings.safeParse(values);
  const shape: Shape = settings.shape;
  const faults = (error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return { name, line: `${name} ${message}`, example: detailsOf(shape[name]).example };
  });
  const isMissing = ({ name }: Fault): boolean => !Object.hasOwn(values, name);
  return [...faults.filter(isMissing), ...faults.filter((fault) => !isMissing(fault))];
}

/** @throws Error that lists every parameter of the infrastructure with a wrong value. */
export function parseInfrastructure(given: Readonly<Record<string, unknown>>): InfrastructureSettings {
  const { data, error } = infrastructureSettings.safeParse(
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value ?? '')])),
  );
  if (data === undefined) {
    throw new Error(
      error.issues.map(({ path, message }) => `The parameter ${path[0]?.toString()} ${message}`).join('\n'),
    );
  }
  return data;
}
