import { describe, expect, test } from '@jest/globals';
import { functions } from '../../../deployment/stack/functions.ts';
import Stage, {
  type CliOptions,
  describeFaults,
  parametersOf,
  type Serverless,
} from '../../../deployment/stack/plugin.ts';
import { applicationSettings } from '../../../deployment/stack/stage-settings.ts';

class FrameworkError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

interface Constructed {
  /** The extended parts of the service file: `functions.welcome.role` */
  readonly extended: Readonly<Record<string, unknown>>;
  readonly failure: unknown;
}

function construct(
  command: string,
  {
    service = 'orderly',
    names = Object.keys(functions),
    ...cliOptions
  }: CliOptions & {
    readonly service?: string;
    readonly names?: readonly string[];
  } = {},
): Constructed {
  const extended: Record<string, unknown> = {};
  const serverless: Serverless = {
    configurationInput: {
      service,
      provider: {},
      functions: Object.fromEntries(names.map((name) => [name, { handler: `${name}.handler` }])),
    },
    processedInput: { command, isHelpRequest: false },
    classes: { Error: FrameworkError },
    extendConfiguration: (path, value) => {
      extended[path.join('.')] = value;
    },
  };
  try {
    new Stage(serverless, cliOptions);
    return { extended, failure: undefined };
  } catch (failure) {
    return { extended, failure };
  }
}

describe('the functions of serverless.yml', () => {
  test('get their own role and their reserved concurrency, with every command', () => {
    const { extended, failure } = construct('offline', { stage: 'local' });

    expect(failure).toBeUndefined();
    expect(Object.keys(extended)).toHaveLength(2 * Object.keys(functions).length);
    expect(extended).toMatchObject({
      'functions.createOrder.role': 'CreateOrderRole',
      'functions.createOrder.reservedConcurrency': [
        '$',
        '{file(./deployment/stack/resources.cjs):reserved.createOrder}',
      ].join(''),
    });
  });

  test('are rejected when the table lacks one, and when it has one more', () => {
    const names = ['refund', ...Object.keys(functions).filter((name) => name !== 'prune')];

    const { failure } = construct('offline', { stage: 'local', names });

    expect(failure).toMatchObject({
      code: 'FUNCTION_TABLE_INCOMPLETE',
      message:
        'The function refund has no line in deployment/stack/functions.ts.\nThe function prune of deployment/stack/functions.ts is not in serverless.yml.',
    });
  });

  test('get no reserved concurrency in the setup, which invokes one at a time', () => {
    const { extended } = construct('info', { service: 'orderly-setup', names: ['createTopics', 'migrate'] });

    expect(extended).toEqual({
      'functions.createTopics.role': 'CreateTopicsRole',
      'functions.migrate.role': 'MigrateRole',
    });
  });
});

describe('the parameters', () => {
  test.each(['package', 'deploy', 'deploy function'])('are checked before %s', (command) => {
    expect(construct(command, { stage: 'dev' }).failure).toMatchObject({
      code: 'STAGE_PARAMETERS_INCOMPLETE',
      message: expect.stringContaining('kafkaBrokers is missing'),
    });
    expect(construct(command, { stage: 'dev', service: 'orderly-setup' }).failure).toMatchObject({
      message: expect.stringContaining('migrationSecretArn is missing'),
    });
  });

  test('are not checked for commands that create no template', () => {
    expect(construct('logs', { stage: 'dev' }).failure).toBeUndefined();
    expect(construct('deploy', { stage: 'dev', package: 'out' }).failure).toBeUndefined();
  });

  test('on the command line override the stage, and those override the default, as in the framework', () => {
    const given = parametersOf('dev', ['a=cli=1'], {
      default: { a: 'default', b: 'default', c: 'default', d: null },
      dev: { a: 'dev', b: 'dev' },
      prod: { c: 'prod' },
    });

    expect(Object.fromEntries(given)).toEqual({ a: 'cli=1', b: 'dev', c: 'default' });
  });

  test('are reported with a command line that has an example for each problem and nothing else', () => {
    const given = new Map([
      ['kafkaBrokers', 'b-1.example.com:9098'],
      ['auth', 'none'],
    ]);

    const message = describeFaults('dev', given, applicationSettings);

    expect(message).toContain('--stage dev \\\n    --param=');
    expect(message).toContain("--param='vpcSecurityGroupIds=sg-00000000000000001'");
    expect(message).not.toContain("--param='kafkaBrokers");
    expect(message).not.toContain("--param='auth");
  });

  test('are not checked for the local stage, which is never packaged', () => {
    expect(describeFaults('local', new Map(), applicationSettings)).toContain('not packaged');
  });
});
