import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageParameters } from '../support/packaged-templates.ts';
import { copyService, type ServiceCopy } from '../support/service-copy.ts';

let service: ServiceCopy;

beforeAll(() => {
  service = copyService();
});

afterAll(() => service[Symbol.dispose]());

const notOrigins = (origins: string): string =>
  `corsOrigins is "${origins}", but must be: the origins of web pages`;

test('a stage without parameters fails with a list of all of them and a complete command line', async () => {
  const { exitCode, output } = await service.serverless(['package', '--stage', 'staging']);

  expect(exitCode).toBe(1);
  for (const name of [
    'kafkaBrokers',
    'kafkaClusterArn',
    'databaseUrl',
    'vpcSubnetIds',
    'vpcSecurityGroupIds',
  ]) {
    expect(output).toMatch(new RegExp(`${name} is missing: the `));
    expect(output).toContain(`--param='${name}=`);
  }
  expect(output).toContain('databaseResourceId or databaseSecretArn is missing: ');
  expect(output).not.toMatch(/^\s+at /m);

  // One deliberate problem: template.e2e.test.ts checks the package with all parameters.
  const repaired = await service.serverless([...commandLineIn(output), '--param=corsOrigins=*']);

  expect(repaired.output).toContain(notOrigins('*'));
  expect(repaired.output).not.toContain('missing');
});

test('a stage without a token issuer is not packaged, nor one with a receiver without a secret', async () => {
  const { exitCode, output } = await service.serverless([
    ...['package', '--stage', 'staging', '--param=fulfilmentUrl=https://fulfilment.example/orders'],
    ...packageParameters('auth'),
  ]);

  expect(exitCode).toBe(1);
  expect([...output.matchAll(/(\w+) is missing: .*\(not needed with --param='auth=none'\)/g)]).toEqual([
    expect.arrayContaining(['authIssuer']),
    expect.arrayContaining(['authAudience']),
    expect.arrayContaining(['authJwksUrl']),
  ]);
  expect(output).toContain('fulfilmentSecretArn is missing');
});

test('a low latency together with a batching window is not packaged, and the message says how to choose', async () => {
  const { exitCode, output } = await service.serverless([
    ...['package', '--stage', 'staging', ...packageParameters()],
    ...['--param=ordersLatency=low', '--param=ordersBatchingWindow=5'],
  ]);

  expect(exitCode).toBe(1);
  expect(output).toContain(
    'ordersLatency is "low", so Lambda does not collect orders: leave out ordersBatchingWindow, or set standard',
  );
  expect(output).toContain("--param='ordersLatency=standard'");
});

test.each([
  'https://*.example.com',
  'https://Shop.example.com',
  'https://shop.example.com/',
  'https://shop.example.com,*',
])('corsOrigins must be a list of origins in the format of browsers: not %s', async (origins) => {
  const { exitCode, output } = await service.serverless([
    ...['package', '--stage', 'staging', `--param=corsOrigins=${origins}`],
  ]);

  expect(exitCode).toBe(1);
  expect(output).toContain(notOrigins(origins));
});

test('the local stage is not packaged', async () => {
  const { exitCode, output } = await service.serverless(['package']);

  expect(exitCode).toBe(1);
  expect(output).toContain('"local" runs on this machine and is not packaged');
});

test('a command that creates no template needs no parameter', async () => {
  const { exitCode, output } = await service.serverless(['print', '--stage', 'staging']);

  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
});

/** The arguments of the command that the message proposes. */
function commandLineIn(output: string): string[] {
  const command = /npx serverless (?<args>[\s\S]*)/.exec(output)?.groups?.args ?? '';
  return command
    .split(/\s+\\?\s*/)
    .filter(Boolean)
    .map((argument) => argument.replaceAll("'", ''));
}
