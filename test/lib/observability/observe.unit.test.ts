import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { observe, report } from '../../../lib/observability/observe.ts';

let written: string;

beforeEach(() => {
  written = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const start = { requestId: 'request-1' };

test('an operation returns the result of its work, and its event has what is reported of it', async () => {
  const result = await observe(
    'outbox.relayed',
    start,
    async () => 'the result',
    () => ({ published: 3, parked: 0, left: 0, oldestAgeMs: undefined }),
  );

  expect(result).toBe('the result');
  expect(written).toMatch(/INFO {2}relay-outbox published published=3 .*request_id=request-1 ms=\d+\n$/);
});

test('an operation rethrows the error of its work, and its event has the error', async () => {
  const error = new Error('the database is unavailable');

  await expect(
    observe(
      'outbox.relayed',
      start,
      () => Promise.reject(error),
      () => undefined,
    ),
  ).rejects.toBe(error);

  expect(written).toMatch(
    /ERROR relay-outbox failed; the next run continues .*error=the database is unavailable\n$/,
  );
});

test('a fact is published at once, also inside an operation', async () => {
  await observe(
    'outbox.relayed',
    start,
    async () => report('outbox.parked', { row: '7', reason: 'too large' }),
    () => ({ published: 1, parked: 1, left: 0, oldestAgeMs: undefined }),
  );

  expect(written.split('\n')).toMatchObject([
    expect.stringContaining(
      'a row of the outbox cannot be published and is parked outbox_row=7 reason=too large',
    ),
    expect.stringContaining('relay-outbox published published=1 parked=1'),
    '',
  ]);
});

test('work succeeds although its event cannot be published, and later events are', async () => {
  const result = await observe(
    'outbox.relayed',
    start,
    async () => 'the result',
    () => {
      throw new Error('no report');
    },
  );
  report('outbox.parked', { row: '7', reason: 'too large' });

  expect(result).toBe('the result');
  expect(written.split('\n')).toMatchObject([
    expect.stringContaining('ERROR an event could not be published error=no report'),
    expect.stringContaining('a row of the outbox cannot be published and is parked outbox_row=7'),
    '',
  ]);
});
