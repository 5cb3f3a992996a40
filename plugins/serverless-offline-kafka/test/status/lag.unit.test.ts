import { expect, test } from '@jest/globals';
import { partitionLag } from '../../src/status/lag.ts';
import { lagTable } from '../../src/status/print-lag.ts';

test.each([
  ['the records after the committed offset', { begin: 0, end: 10, committed: 4 }, 6],
  ['none, when all records are committed', { begin: 0, end: 10, committed: 10 }, 0],
  ['all records, when nothing is committed', { begin: 3, end: 10 }, 7],
  ['not the records that were deleted unprocessed', { begin: 8, end: 10, committed: 4 }, 2],
  ['none, when the topic was recreated and is shorter', { begin: 0, end: 2, committed: 4 }, 0],
])('the lag of a partition is %s', (_, position, lag) => {
  expect(partitionLag({ partition: 0, ...position }).lag).toBe(lag);
});

test('the table has a line per partition, a dash without a committed offset, and the sum', () => {
  const table = lagTable([
    {
      topic: 'orders',
      function: 'work',
      group: 'group-1',
      lag: 1_027,
      partitions: [
        { partition: 0, committed: 1_200, end: 1_210, lag: 10 },
        { partition: 1, committed: null, end: 1_017, lag: 1_017 },
      ],
    },
    { topic: 'later', function: 'work', group: 'group-2', lag: null, partitions: [] },
  ]);

  expect(table).toBe(
    [
      'mapping        group    partition  committed   end   lag',
      'orders → work  group-1          0       1200  1210    10',
      '                                1          –  1017  1017',
      '                              all                   1027',
      'later → work   group-2   no topic',
    ].join('\n'),
  );
});

test('a service without mappings has no table', () => {
  expect(lagTable([])).toBe('There is no Kafka event source mapping.');
});
