import { afterEach, expect, jest, test } from '@jest/globals';
import { reportingOpened } from '../../../lib/dead-letters/report-opened.ts';
import type { DeadLetter } from '../../../lib/orders/command.ts';
import { aRecord } from '../../support/records.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test('the letters of a part that is written are reported, also if a later part of the batch fails', async () => {
  const lines: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  const letter: DeadLetter = {
    code: 'order_id_conflict',
    message: 'it exists',
    record: aRecord({ offset: 7 }),
  };
  const write = reportingOpened('request-1', async (part: string) => {
    if (part === 'bad') {
      throw new Error('the database is unavailable');
    }
    return { part, deadLetters: [letter] };
  });

  const written = await write('good');
  await expect(write('bad')).rejects.toThrow('the database is unavailable');

  expect(written).toEqual({ part: 'good', deadLetters: [letter] });
  expect(lines).toEqual([
    expect.stringMatching(/dead letter request_id=request-1 code=order_id_conflict .* offset=7\n$/),
  ]);
});
