import { expect, test } from '@jest/globals';
import { readDeclaration } from '../src/declaration.ts';
import { describeFaults, parametersOf } from '../src/faults.ts';

const declaration = readDeclaration({
  'stage-parameters': {
    localStage: 'local',
    required: {
      subnets: {
        is: 'the subnets, separated by commas',
        pattern: 'subnet-\\d+(,subnet-\\d+)*',
        example: 'subnet-1',
      },
      secret: { is: 'the ARN of the secret', pattern: 'arn:.+', example: 'arn:aws:…', unless: 'login=none' },
    },
    optional: {
      url: { is: 'the URL', pattern: 'https://.+', example: 'https://…', needs: 'key' },
      key: { is: 'the key of the URL', pattern: 'arn:.+', example: 'arn:aws:…' },
    },
  },
});

const faultsOf = (given: Record<string, unknown>): string | undefined =>
  describeFaults('dev', new Map(Object.entries(given)), declaration);

test('a stage that has every parameter has no fault', () => {
  expect(faultsOf({ subnets: 'subnet-1,subnet-2', secret: 'arn:aws:secret' })).toBeUndefined();
});

test('every missing parameter is named in one message, an empty one among them', () => {
  const faults = faultsOf({ secret: '' });

  expect(faults).toContain('subnets is missing: the subnets, separated by commas');
  expect(faults).toContain('secret is missing: the ARN of the secret');
});

test('the proposed command line has an example for each fault and for nothing else', () => {
  const faults = faultsOf({ secret: 'arn:aws:secret' });

  expect(faults).toContain("--stage dev \\\n    --param='subnets=subnet-1'");
  expect(faults).not.toContain("--param='secret");
});

test.each(['subnet-1, subnet-2', 'xsubnet-1', 'subnet-1\n'])(
  'a parameter of another form is refused as a whole: %j',
  (subnets) => {
    expect(faultsOf({ subnets, secret: 'arn:aws:secret' })).toContain(`subnets is "${subnets}", but must be`);
  },
);

test('a parameter that is itself a variable is left to the framework', () => {
  const variable = ['$', '{cf:network.subnets}'].join('');

  expect(faultsOf({ subnets: variable, secret: 'arn:aws:secret' })).toBeUndefined();
});

test('of parameters that stand for each other one is enough, and none is told with all of them', () => {
  const either = readDeclaration({
    'stage-parameters': {
      localStage: 'local',
      required: {},
      oneOf: [['iam', 'password']],
      optional: {
        iam: { is: 'the id for IAM', pattern: 'prx-.+', example: 'prx-1' },
        password: { is: 'the ARN of the password', pattern: 'arn:.+', example: 'arn:aws:…' },
      },
    },
  });
  const faults = (given: Record<string, string>): string | undefined =>
    describeFaults('dev', new Map(Object.entries(given)), either);

  expect(faults({ iam: 'prx-1' })).toBeUndefined();
  expect(faults({ password: 'arn:aws:secret' })).toBeUndefined();
  expect(faults({})).toContain(
    'one of these is missing: iam, the id for IAM; or password, the ARN of the password',
  );
  expect(faults({})).toContain("--stage dev \\\n    --param='iam=prx-1'");
});

test('the local stage is refused whatever it is given', () => {
  expect(describeFaults('local', new Map(), declaration)).toContain('not packaged');
});

test('the command line wins over the stage, and the stage over the default, as in osls', () => {
  const given = parametersOf('dev', ['a=cli=1'], {
    default: { a: 'default', b: 'default', c: 'default', d: null },
    dev: { a: 'dev', b: 'dev' },
    prod: { c: 'prod' },
  });

  expect(Object.fromEntries(given)).toEqual({ a: 'cli=1', b: 'dev', c: 'default' });
});

test('a declaration with a misspelt key is refused', () => {
  const misspelt = { 'stage-parameters': { localStage: 'local', required: { a: { is: 'a', exmple: 'a' } } } };

  expect(() => readDeclaration(misspelt)).toThrow();
});

test('a required parameter may be missing with exactly the value that excuses it, and must be right all the same', () => {
  const subnets = 'subnet-1';

  expect(faultsOf({ subnets, login: 'none' })).toBeUndefined();
  expect(faultsOf({ subnets, login: 'nonesuch' })).toContain(
    "secret is missing: the ARN of the secret (not with --param='login=none')",
  );
  expect(faultsOf({ subnets, login: 'none', secret: 'none' })).toContain('secret is "none", but must be');
});

test('an optional parameter that is given must be right, and have with it what it needs', () => {
  const complete = { subnets: 'subnet-1', secret: 'arn:aws:secret' };

  const faults = faultsOf({ ...complete, url: 'shop.example.com' });

  expect(faults).toContain('url is "shop.example.com", but must be: the URL');
  expect(faults).toContain('key is missing: the key of the URL');
  expect(faultsOf({ ...complete, key: 'arn:aws:key' })).toBeUndefined();
  expect(faultsOf({ ...complete, url: 'https://shop', key: 'arn:aws:key' })).toBeUndefined();
});
