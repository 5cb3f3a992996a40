import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { migrate } from '../../../lib/store/migrate.ts';
import { emptyDatabase, queryOnce } from '../../support/database.ts';

describe('migrations', () => {
  test('two that start at once apply every file once, and a third finds nothing to do', async () => {
    const url = await emptyDatabase();

    const results = await Promise.all([migrate(url), migrate(url)]);
    const third = await migrate(url);

    expect(results.map(({ applied }) => applied.length).sort()).toEqual([
      0,
      readdirSync('migrations').length,
    ]);
    expect(third.applied).toEqual([]);
    expect(await queryOnce(url, 'SELECT count(*)::int FROM orders')).toEqual([{ count: 0 }]);
  });

  test('a file that has changed since it was applied is named, and nothing is applied', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await queryOnce(url, "UPDATE migrations SET checksum = 'other'");

    await expect(migrate(url)).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('0001_orders.sql'),
    });
  });
});
