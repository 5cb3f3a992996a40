import { expect, test } from '@jest/globals';
import { decodeConfigs } from '../../../deployment/checks/cluster.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['JSON', '{"retention.ms":"604800000","cleanup.policy":"delete"}'],
  ['JSON with values that are not strings', '{"retention.ms":604800000,"cleanup.policy":"delete"}'],
  ['lines, as in the example of AWS', 'retention.ms=604800000\ncleanup.policy=delete'],
  [
    'lines with a line end at the end and space around',
    ' retention.ms = 604800000\r\n\ncleanup.policy=delete\n',
  ],
])('settings of a topic are read from %s', (_form, text) => {
  expect(decodeConfigs(base64(text))).toEqual({ 'retention.ms': '604800000', 'cleanup.policy': 'delete' });
});

test('a value of a line may have an equals sign in it', () => {
  expect(decodeConfigs(base64('leader.replication.throttled.replicas=0:1=2'))).toEqual({
    'leader.replication.throttled.replicas': '0:1=2',
  });
});

test.each(['', '{}'])('a topic without its own settings has none: %j', (text) => {
  expect(decodeConfigs(base64(text))).toEqual({});
});

test.each(['retention.ms: 604800000', '{"retention.ms":', '{"retention.ms":{"value":"1"}}', '[]'])(
  'another format is rejected and shown: %s',
  (text) => {
    expect(() => decodeConfigs(base64(text))).toThrow(
      `MSK returned the settings of a topic in an unknown format, neither JSON nor lines of name=value: ${text}`,
    );
  },
);
