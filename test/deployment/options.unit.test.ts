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
    [{ stage: 'Dev.1' }, '"Dev.1" is no name of a stage'],
    [{ stage: 'a--b' }, '"a--b" is no name of a stage'],
    [{ stage: 'dev-' }, '"dev-" is no name of a stage'],
    [{ stage: 'a'.repeat(22) }, 'is no name of a stage'],
    [{ stage: 'default' }, '"default" is no name of a stage'],
    // its application would be the infrastructure of dev
    [{ stage: 'infrastructure-dev' }, '"infrastructure-dev" is no name of a stage'],
    [{ stage: 'setup-dev' }, '"setup-dev" is no name of a stage'],
  ])('%j is refused', (options, sentence) => {
    expect(() => readTarget(options)).toThrow(sentence);
  });
});

describe('the parameters', () => {
  test('are read as name=value, where a value may have more of these signs', () => {
    expect([...readParameters({ param: ['a=1', 'url=http://x/?b=2'] })]).toEqual([
      ['a', '1'],
      ['url', 'http://x/?b=2'],
    ]);
    expect(() => readParameters({ param: ['alone'] })).toThrow(
      '--param alone is not of the form name=value.',
    );
    expect(() => readParameters({ param: ['empty='] })).toThrow('--param empty= has no value.');
  });
});
