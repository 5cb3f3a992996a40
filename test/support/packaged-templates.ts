import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { setupArguments } from '../deployment/setup-arguments.ts';
import { copyService, type Ended, openServiceCopy, type ServiceCopy, type Template } from './service-copy.ts';
import { onceInTestRun } from './test-run.ts';

/** How long a file may wait for its packages: generous, because the machine may be busy with other tests. */
export const PACKAGING_MS = 600_000;

export const ON_CALL = 'arn:aws:sns:eu-west-1:000000000000:orders-on-call';
export const FULFILMENT_URL = 'https://fulfilment.example/orders';
export const CLOUDWATCH_TRACES = 'https://xray.eu-west-1.amazonaws.com';
export const REGISTRY_SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:schema-registry-AbCdEf';
export const FULFILMENT_SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:fulfilment-AbCdEf';
export const DATABASE_SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-AbCdEf';
export const SECRET_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000';
export const BOUNDARY = 'arn:aws:iam::000000000000:policy/boundary';
export const ZONES = ['us-east-1b', 'us-east-1d', 'us-east-1f'];
/** Parameters of the infrastructure that change its price. */
export const SIZES = { natGateways: 'one', kafkaStorageGb: '300', databaseMinimumCapacity: '8' };

const params = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `--param=${name}=${value}`);

/** The `--param` arguments of `npm run package`, without those whose names begin with `omitted`. */
export function packageParameters(omitted = '-'): string[] {
  const manifest = z.object({ scripts: z.object({ package: z.string() }) });
  const { scripts } = manifest.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  return scripts.package
    .split(' ')
    .filter((argument) => argument.startsWith('--param=') && !argument.startsWith(`--param=${omitted}`));
}

interface Variant {
  readonly folder: '.' | 'infrastructure';
  /** Packages the variant in a copy of the project. */
  readonly make: (copy: ServiceCopy) => Promise<Ended>;
}

const application = (parameters: Readonly<Record<string, string>>, environment = {}): Variant => ({
  folder: '.',
  make: (copy) => copy.npmRunPackage(params(parameters), environment),
});

const infrastructure = (...args: string[]): Variant => ({
  folder: 'infrastructure',
  make: (copy) => copy.serverless(['package', ...args], 'infrastructure'),
});

const variants = {
  application: application({}),
  /** Packaged in another time zone, to compare its archives with those of the first variant. */
  'application with every parameter': application(
    {
      schemaRegistryUrl: 'https://registry.example.invalid',
      schemaRegistrySecretArn: REGISTRY_SECRET,
      fulfilmentUrl: FULFILMENT_URL,
      fulfilmentSecretArn: FULFILMENT_SECRET,
      alarmTopicArn: ON_CALL,
      databaseSecretArn: DATABASE_SECRET,
      secretKeyArn: SECRET_KEY,
      ordersBatchSize: '200',
      ordersBatchingWindow: '5',
      ordersMinimumPollers: '2',
      ordersMaximumPollers: '6',
      rateLimit: '6000',
      otlpEndpoint: CLOUDWATCH_TRACES,
      traceRatio: '0.05',
      corsOrigins: 'https://shop.example.com,https://admin.example.com:8443',
    },
    { TZ: 'Asia/Tokyo' },
  ),
  /** A stage other than prod, with an open API and a low latency. */
  'application of a test stage': {
    folder: '.',
    make: (copy) =>
      copy.serverless([
        ...['package', '--stage', 'dev', ...packageParameters('auth')],
        ...params({ test: 'true', auth: 'none', permissionsBoundaryArn: BOUNDARY, ordersLatency: 'low' }),
      ]),
  },
  setup: { folder: '.', make: (copy) => copy.serverless(['package', ...setupArguments]) },
  infrastructure: infrastructure('--stage', 'prod'),
  'infrastructure of a test stage': infrastructure('--stage', 'dev', '--param=test=true'),
  'infrastructure with MSK Serverless': infrastructure('--stage', 'prod', '--param=kafka=serverless'),
  'infrastructure with every parameter': infrastructure(
    ...['--stage', 'prod', '--region', 'us-east-1'],
    ...params({
      ...SIZES,
      availabilityZones: ZONES.join(),
      kafkaPrefix: 'shop.',
      alarmTopicArn: ON_CALL,
      isProtected: 'false',
    }),
  ),
} satisfies Record<string, Variant>;

export type VariantName = keyof typeof variants;

export interface PackagedTemplate {
  readonly service: ServiceCopy;
  readonly file: string;
  readonly template: Template;
}

/** Packages a variant in a separate copy of the project. Returns the directory of the copy. */
export async function packageVariant(name: VariantName): Promise<string> {
  const service = copyService();
  const { exitCode, output } = await variants[name].make(service);
  if (exitCode !== 0) {
    service[Symbol.dispose]();
    throw new Error(output);
  }
  return service.directory;
}

/** Returns a packaged variant, which all test files of a run share. */
export async function packaged(name: VariantName): Promise<PackagedTemplate> {
  return openPackaged(name, await onceInTestRun(`package/${name}`));
}

/** All deployed templates: the stacks, and each variant of the infrastructure. */
export const templateNames = [
  'application',
  'setup',
  'infrastructure',
  'infrastructure of a test stage',
  'infrastructure with MSK Serverless',
] as const satisfies readonly VariantName[];

export type PackagedTemplates = Readonly<Record<(typeof templateNames)[number], PackagedTemplate>>;

export async function packagedTemplates(from = packaged): Promise<PackagedTemplates> {
  const entries = await Promise.all(templateNames.map(async (name) => [name, await from(name)] as const));
  return Object.fromEntries(entries) as PackagedTemplates;
}

export const isVariantName = (name: string): name is VariantName => Object.hasOwn(variants, name);

/** Opens the variant in a directory of `packageVariant`. */
export function openPackaged(name: VariantName, directory: string): PackagedTemplate {
  const service = openServiceCopy(directory);
  const { folder } = variants[name];
  return { service, file: service.templateFile(folder), template: service.template(folder) };
}
