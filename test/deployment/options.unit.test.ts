import { describe, expect, test } from '@jest/globals';
import { readParameters, readTarget } from '../../deployment/options.ts';

describe('the target', () => {
  test('is in the region of the service files unless another one is named', () => {
    expect(readTarget({ stage: 'dev' })).toEqual({ stage: 'dev', region: 'eu-west-1' });
    expect(readTarget({ stage: 'dev', region: 'eu-north-1' }).region).toBe('eu-north-1');
  });

  test.each([
    [{}, 'Name the stage, such as --stage dev.'],
    [{ stage: 'local' }, 'The stage "local" runs on this machine'],
    [{ stage: 'Dev.1' }, '"Dev.1" is not a valid stage name'],
    [{ stage: 'a--b' }, '"a--b" is not a valid stage name'],
    [{ stage: 'dev-' }, '"dev-" is not a valid stage name'],
    [{ stage: 'a'.repeat(22) }, 'is not a valid stage name'],
    [{ stage: 'default' }, '"default" is not a valid stage name'],
    // its application would be the infrastructure of dev
    [{ stage: 'infrastructure-dev' }, '"infrastructure-dev" is not a valid stage name'],
    [{ stage: 'setup-dev' }, '"setup-dev" is not a valid stage name'],
  ])('%j is rejected', (options, sentence) => {
    expect(() => readTarget(options)).toThrow(sentence);
  });
});

describe('the parameters', () => {
  test('are read as name=value, and a value may contain more equals signs', () => {
    expect([...readParameters({ param: ['a=1', 'url=http://x/?b=2'] })]).toEqual([
      ['a', '1'],
      ['url', 'http://x/?b=2'],
    ]);
    expect(() => readParameters({ param: ['alone'] })).toThrow(
      '--param alone does not have the form name=value.',
    );
    expect(() => readParameters({ param: ['empty='] })).toThrow('--param empty= has no value.');
  });
});
