import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../../../lib/store/migrate.ts';
import { emptyDatabase } from '../../support/database.ts';

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

describe('migrations', () => {
  test('two that start at once apply every file once, and a third finds nothing to do', async () => {
    const url = await emptyDatabase();

    const results = await Promise.all([migrate(url), migrate(url)]);
    const third = await migrate(url);

    expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, 1]);
    expect(third.applied).toEqual([]);
    expect(await query(url, 'SELECT count(*)::int FROM orders')).toEqual([{ count: 0 }]);
  });

  test('a file that has changed since it was applied is named, and nothing is applied', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await query(url, "UPDATE migrations SET checksum = 'other'");

    await expect(migrate(url)).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('0001_orders.sql'),
    });
  });
});
