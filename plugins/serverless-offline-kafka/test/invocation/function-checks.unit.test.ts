import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { missingModules, unsupportedFunctions } from '../../src/invocation/function-checks.ts';
import type { FunctionDefinition, Serverless, Service } from '../../src/serverless.ts';
import { aServiceOf, removeServices } from '../support/invoked-program.ts';
import { aService } from '../support/service.ts';

afterEach(removeServices);

const withFunction = (
  definition: FunctionDefinition,
  { servicePath = '/service', ...service }: Partial<Service> & { servicePath?: string } = {},
): Serverless => ({
  service: aService({ work: [] }, { getFunction: () => definition, ...service }),
  serviceDir: servicePath,
  config: { servicePath },
  pluginManager: { spawn: async () => undefined },
  classes: { Error },
});

/** Some runtimes of serverless-offline. */
const runtimes = new Set(['nodejs20.x', 'nodejs24.x', 'python3.12', 'ruby3.3', 'go1.x', 'java17']);

const problems = (definition: FunctionDefinition, options = {}, service = {}): string[] =>
  unsupportedFunctions(withFunction(definition, service), { options, runtimes }, ['work']).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('a function that cannot run is rejected', () => {
  test.each<[setting: string, FunctionDefinition, options?: object]>([
    ['image', { image: 'repository/image@sha256:0' }],
    ['image', { image: { uri: 'repository/image@sha256:0' }, handler: 'work.handler' }, { useDocker: true }],
    ['handler', {}],
    ['handler', { handler: 'work' }],
    ['handler', { handler: '../work.handler' }],
    ['handler', { handler: 'folder.d/' }],
    ['runtime', { handler: 'bootstrap', runtime: 'provided.al2023' }],
    ['runtime', { handler: 'Shop::Work', runtime: 'dotnet8' }],
    ['runtime', { handler: 'work.handler', runtime: 'nodejs14.x' }, { useInProcess: true }],
    ['runtime', { handler: 'work.handler', runtime: 'cobol' }],
  ])('for its %s: %j, with %j', (setting, definition, options = {}) => {
    expect(problems(definition, options)).toEqual([expect.stringContaining(`functions.work.${setting}: `)]);
  });

  test('for the runtime of all functions', () => {
    const provider = { runtime: 'provided.al2023' };

    expect(problems({ handler: 'bootstrap' }, {}, { provider })).toEqual([
      'functions.work.runtime: serverless-offline does not run provided.al2023 without --useDocker',
    ]);
  });
});

describe('a function that can run is accepted', () => {
  test.each<[FunctionDefinition, options?: object]>([
    [{ handler: 'work.handler' }],
    [{ handler: './src/folder.d/work.nested.handler' }],
    [{ handler: 'work.handler', runtime: 'nodejs14.x' }],
    [{ handler: 'work.handler', runtime: 'nodejs24.x' }, { useInProcess: true }],
    [{ handler: 'work.handler', runtime: 'python3.12' }],
    [{ handler: 'work.handler', runtime: 'ruby3.3' }],
    [{ handler: 'build/work', runtime: 'go1.x' }],
    [{ handler: 'shop.Work::handle', runtime: 'java17' }],
    [{ handler: 'bootstrap', runtime: 'provided.al2023' }, { useDocker: true }],
  ])('%j, with %j', (definition, options = {}) => {
    expect(problems(definition, options)).toEqual([]);
  });
});

describe('a function’s file', () => {
  const missing = (definition: FunctionDefinition, service: object, options = {}): string[] =>
    missingModules(withFunction(definition, service), options, ['work']);

  test.each(['js', 'cjs', 'mjs', 'ts', 'py', 'rb'])('is found: work.%s', (extension) => {
    const servicePath = aServiceOf({ [`work.${extension}`]: '' });

    expect(missing({ handler: 'work.handler' }, { servicePath })).toEqual([]);
  });

  test('is found in the folder of the option location', () => {
    const servicePath = aServiceOf({});
    mkdirSync(join(servicePath, 'built/handlers'), { recursive: true });
    writeFileSync(join(servicePath, 'built/handlers/work.js'), '');

    const given = { handler: 'handlers/work.handler' };

    expect(missing(given, { servicePath }, { location: 'built' })).toEqual([]);
    expect(missing(given, { servicePath })).toHaveLength(1);
  });

  test('is reported if it is missing, with the searched folder', () => {
    const servicePath = aServiceOf({ 'works.js': '', 'work.test.js': '' });

    expect(missing({ handler: 'work.handler' }, { servicePath })).toEqual([
      `functions.work.handler: there is no work.* in ${servicePath}; invocations fail until it exists`,
    ]);
  });

  test.each<[string, FunctionDefinition]>([
    ['in a zip', { handler: 'work.handler', package: { artifact: 'work.zip' } }],
    ['of a language whose handler is no file', { handler: 'shop.Work::handle', runtime: 'java17' }],
  ])('is not searched %s', (_, definition) => {
    expect(missing(definition, { servicePath: aServiceOf({}) })).toEqual([]);
  });
});
