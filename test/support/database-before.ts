import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { emptyDatabase } from './database.ts';

/** A database with the tables of an earlier release. Disposing closes its connections. */
export interface DatabaseBefore extends AsyncDisposable {
  readonly database: Database;
  readonly url: string;
}

/** Creates a database with the migrations before this one, such as `0009`. */
export async function databaseBefore(migration: string): Promise<DatabaseBefore> {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-migrations-'));
  try {
    for (const name of readdirSync('migrations').filter((file) => file < migration)) {
      cpSync(join('migrations', name), join(directory, name));
    }
    const url = await emptyDatabase();
    await migrate(url, { directory });
    const database = createDatabase(url);
    return { database, url, [Symbol.asyncDispose]: () => database.close() };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
