import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseJavaVersion } from '../../../local/kafka/java.ts';
import { shownDatabase } from '../../../local/local-stack.ts';
import { findAccount } from '../../../local/postgres/postgres-account.ts';
import { passwordFile, postgresUrl, writePassword } from '../../../local/postgres/postgres-password.ts';
import { createServerHome } from '../../../local/process/server-home.ts';
import { holdsAllPartitions } from '../../../local/readiness.ts';
import { readSettings } from '../../../local/settings.ts';
import { createTestState } from '../../support/test-state.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', '17.0.15'],
  ['java version "1.8.0_401"\nJava(TM) SE Runtime Environment', '1.8.0_401'],
  ['openjdk version "25" 2025-09-16', '25'],
  ['Unable to locate a Java Runtime.', undefined],
])('%j is read as Java version %s', (output, version) => {
  expect(parseJavaVersion(output)).toBe(version);
});

test.each([
  ['postgresql://me:secret@db:5432/orders', 'postgresql://me:***@db:5432/orders'],
  ['postgresql://me@db:5432/orders', 'postgresql://me@db:5432/orders'],
])('the configured database %s is shown as %s', (DATABASE_URL, shown) => {
  expect(shownDatabase(readSettings({ DATABASE_URL }))).toBe(shown);
});

test('the database of the stack is shown with its password file', () => {
  const stateDirectory = createTestState();
  createServerHome(stateDirectory, 'postgres');
  writePassword(stateDirectory, 'secret');

  expect(shownDatabase(readSettings({ STATE_DIR: stateDirectory }))).toBe(
    `PGPASSFILE=${stateDirectory}/postgres/pgpass psql postgresql://postgres@127.0.0.1:15432/orderly`,
  );
  expect(statSync(passwordFile(stateDirectory)).mode & 0o777).toBe(0o600);
  expect(postgresUrl(stateDirectory, 1, 'orders')).toBe('postgresql://postgres:secret@127.0.0.1:1/orders');
  rmSync(stateDirectory, { recursive: true });
});

test('the command that shows the database works in a shell with any directory name', () => {
  const STATE_DIR = "/home/you/it's $HOME/my orderly";
  const command = shownDatabase(readSettings({ STATE_DIR }));

  const { stdout } = spawnSync('sh', ['-c', `psql() { printf %s "$PGPASSFILE"; }; ${command}`]);
  expect(stdout.toString()).toBe(`${STATE_DIR}/postgres/pgpass`);
});

describe('findAccount', () => {
  const root = 'root:x:0:0:root:/root:/bin/bash';
  const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
  const postgres = 'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash';

  test('the account postgres is preferred to the account nobody', () => {
    expect(findAccount([root, nobody, postgres].join('\n'))).toEqual({ uid: 101, gid: 104 });
    expect(findAccount([root, nobody].join('\n'))).toEqual({ uid: 65_534, gid: 65_533 });
  });

  test('without both there is no account', () => {
    expect(findAccount(root)).toBeUndefined();
  });
});

describe('holdsAllPartitions', () => {
  const wanted = { clientIds: ['plugin-2'], topic: 'orders', partitions: 3 };

  test('several members of one process own all partitions together', () => {
    const members = [
      { clientId: 'plugin-2', assignment: { orders: [0, 2] } },
      { clientId: 'plugin-2', assignment: { orders: [1] } },
    ];

    expect(holdsAllPartitions(members, wanted)).toBe(true);
  });

  test('a group is not ready while a dead predecessor still owns a partition', () => {
    const members = [
      { clientId: 'plugin-1', assignment: { orders: [1] } },
      { clientId: 'plugin-2', assignment: { orders: [0, 2] } },
    ];

    expect(holdsAllPartitions(members, wanted)).toBe(false);
    expect(holdsAllPartitions(members, { ...wanted, clientIds: ['plugin-1', 'plugin-2'] })).toBe(true);
  });

  test('a topic without partitions is not ready', () => {
    expect(holdsAllPartitions([], { ...wanted, partitions: 0 })).toBe(false);
  });
});
