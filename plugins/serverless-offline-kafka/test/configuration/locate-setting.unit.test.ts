import { describe, expect, test } from '@jest/globals';
import { settingLocator } from '../../src/configuration/locate-setting.ts';

const text = `service: shop
functions:
  work:
    handler: work.handler
    timeout: 20 # a comment
    events:
      - http: GET /
      - msk:
          arn: !Ref Cluster
          topic: orders
          filterPatterns: [{ value: [a] },
            { value: [b] }]
  elsewhere: \${file(elsewhere.yml)}
  like: &like
    events:
      - kafka: { topic: t, batchSize: 7 }
  same: *like
resources:
  - Resources:
      Queue:
        Type: AWS::SQS::Queue
  - \${file(resources.yml)}
  - extensions:
      WorkMapping:
        Properties:
          BatchSize: 0
          7: seven
`;
const lineOf = settingLocator(text);

describe('the line of a setting', () => {
  test.each([
    [5, ['functions', 'work', 'timeout']],
    [10, ['functions', 'work', 'events', 1, 'msk', 'topic']],
    [9, ['functions', 'work', 'events', 1, 'msk', 'arn']],
    [11, ['functions', 'work', 'events', 1, 'msk', 'filterPatterns', 0]],
    [12, ['functions', 'work', 'events', 1, 'msk', 'filterPatterns', 1]],
    [16, ['functions', 'same', 'events', 0, 'kafka', 'batchSize']],
    [26, ['resources', 'extensions', 'WorkMapping', 'Properties', 'BatchSize']],
    [27, ['resources', 'extensions', 'WorkMapping', 'Properties', 7]],
    [21, ['resources', 'Resources', 'Queue', 'Type']],
  ])('is found: %s for %j', (line, path) => {
    expect(lineOf(path)).toBe(line);
  });

  test.each([
    ['of the event', 8, ['functions', 'work', 'events', 1, 'msk', 'batchSize']],
    ['of the list', 6, ['functions', 'work', 'events', 5, 'msk', 'batchSize']],
    ['of the function', 3, ['functions', 'work', 'memory', 'size']],
    ['of the properties', 25, ['resources', 'extensions', 'WorkMapping', 'Properties', 'Window', 0]],
    ['of the value, beyond which the way leads', 10, ['functions', 'work', 'events', 1, 'msk', 'topic', 0]],
  ])('is that of the closest parent if it is missing: %s', (_, line, path) => {
    expect(lineOf(path)).toBe(line);
  });

  test.each([
    ['within another file', ['functions', 'elsewhere', 'events', 0]],
    ['within a file that is merged', ['resources', 'Outputs', 'Url']],
    ['on the command line', ['--kafkaBatches']],
    ['nowhere', []],
  ])('is unknown for a setting %s', (_, path) => {
    expect(lineOf(path)).toBeUndefined();
  });
});

test.each([
  ['empty', ''],
  ['not YAML', 'functions: [}'],
  ['a list', '- a'],
])('a text that is %s has no lines', (_, other) => {
  expect(settingLocator(other)(['functions', 'work'])).toBeUndefined();
});
