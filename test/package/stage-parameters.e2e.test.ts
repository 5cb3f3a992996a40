import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { copyService, type ServiceCopy } from '../support/service-copy.ts';

const TIMEOUT_MS = 120_000;

let service: ServiceCopy;

beforeAll(() => {
  service = copyService();
});

afterAll(() => service[Symbol.dispose]());

test(
  'a stage without parameters is told all of them at once, with a command line that packages',
  async () => {
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

    const repaired = await service.serverless(commandLineIn(output));

    expect(repaired.output).toContain('Service packaged');
  },
  TIMEOUT_MS,
);

test(
  'a stage that does not say whose tokens it takes is not packaged, unless it says that it is open',
  async () => {
    const { scripts } = z
      .object({ scripts: z.object({ package: z.string() }) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    const parameters = scripts.package.split(' ').filter((argument) => argument.startsWith('--param='));
    const withoutIssuer = [
      ...['package', '--stage', 'staging'],
      ...parameters.filter((argument) => !argument.startsWith('--param=auth')),
    ];

    const { exitCode, output } = await service.serverless(withoutIssuer);

    expect(exitCode).toBe(1);
    expect([...output.matchAll(/(\w+) is missing: .*\(not needed with --param='auth=none'\)/g)]).toEqual([
      expect.arrayContaining(['authIssuer']),
      expect.arrayContaining(['authAudience']),
      expect.arrayContaining(['authJwksUrl']),
    ]);

    const open = await service.serverless([...withoutIssuer, '--param=auth=none']);

    expect(open.output).toContain('Service packaged');
    expect(service.resources().CreateOrderLambdaFunction?.Properties).toMatchObject({
      Environment: { Variables: { AUTH: 'none', AUTH_ISSUER: '' } },
    });
  },
  TIMEOUT_MS,
);

test.each([
  '*',
  'https://*.example.com',
  'https://Shop.example.com',
  'https://shop.example.com/',
  'https://shop.example.com,*',
])(
  'the web pages that may call the API are named one by one, as browsers write their origins: not %s',
  async (origins) => {
    const { exitCode, output } = await service.serverless([
      ...['package', '--stage', 'staging', `--param=corsOrigins=${origins}`],
    ]);

    expect(exitCode).toBe(1);
    expect(output).toContain(`corsOrigins is "${origins}", but must be: the origins of web pages`);
  },
  TIMEOUT_MS,
);

test(
  'the local stage is not packaged',
  async () => {
    const { exitCode, output } = await service.serverless(['package']);

    expect(exitCode).toBe(1);
    expect(output).toContain('"local" runs on this machine and is not packaged');
  },
  TIMEOUT_MS,
);

test(
  'a command that makes no template needs no parameter',
  async () => {
    const { exitCode, output } = await service.serverless(['print', '--stage', 'staging']);

    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  },
  TIMEOUT_MS,
);

/** The arguments of the command that the message proposes. */
function commandLineIn(output: string): string[] {
  const command = /npx serverless (?<args>[\s\S]*)/.exec(output)?.groups?.args ?? '';
  return command
    .split(/\s+\\?\s*/)
    .filter(Boolean)
    .map((argument) => argument.replaceAll("'", ''));
}
