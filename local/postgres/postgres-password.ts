import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_HOST } from '../process/ports.ts';
import { serverHome } from '../process/server-home.ts';

/** The superuser of the local PostgreSQL. */
export const ROLE = 'postgres';

/**
 * The password file, in the format that psql reads (PGPASSFILE):
 * https://www.postgresql.org/docs/17/libpq-pgpass.html
 */
export const passwordFile = (stateDirectory: string): string =>
  join(serverHome(stateDirectory, 'postgres'), 'pgpass');

/** Writes the file for this account only: the password lets a client run programs (`COPY … FROM PROGRAM`). */
export function writePassword(stateDirectory: string, password: string): void {
  const file = passwordFile(stateDirectory);
  const lines = [LOCAL_HOST, 'localhost'].map((host) => `${host}:*:*:${ROLE}:${password}\n`);
  writeFileSync(`${file}.${process.pid}`, lines.join(''), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

/**
 * Returns the connection string of a database on a local server. It has no password if there is no password file: the server
 * never started, or a server of an earlier release still runs.
 */
export function postgresUrl(stateDirectory: string, port: number, database: string): string {
  const password = readPassword(stateDirectory);
  const user = password === undefined ? ROLE : `${ROLE}:${password}`;
  return `postgresql://${user}@${LOCAL_HOST}:${port}/${database}`;
}

function readPassword(stateDirectory: string): string | undefined {
  try {
    return /:([\w-]+)\n/.exec(readFileSync(passwordFile(stateDirectory), 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
