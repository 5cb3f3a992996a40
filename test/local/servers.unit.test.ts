import { describe, expect, test } from '@jest/globals';
import { parseJavaVersion } from '../../local/java.ts';
import { withoutPassword } from '../../local/local-stack.ts';
import { findAccount } from '../../local/postgres-account.ts';
import { holdsAllPartitions } from '../../local/readiness.ts';

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
  ['postgresql://postgres@127.0.0.1:55432/orderly', 'postgresql://postgres@127.0.0.1:55432/orderly'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});

describe('findAccount', () => {
  const root = 'root:x:0:0:root:/root:/bin/bash';
  const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
  const postgres = 'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash';

  test('postgres is preferred to nobody', () => {
    expect(findAccount([root, nobody, postgres].join('\n'))).toEqual({ uid: 101, gid: 104 });
    expect(findAccount([root, nobody].join('\n'))).toEqual({ uid: 65_534, gid: 65_533 });
  });

  test('without either there is none', () => {
    expect(findAccount(root)).toBeUndefined();
  });
});

describe('holdsAllPartitions', () => {
  const wanted = { clientIds: ['plugin-2'], topic: 'orders', partitions: 3 };

  test('several members of one process hold them together', () => {
    const members = [
      { clientId: 'plugin-2', assignment: { orders: [0, 2] } },
      { clientId: 'plugin-2', assignment: { orders: [1] } },
    ];

    expect(holdsAllPartitions(members, wanted)).toBe(true);
  });

  test('a dead predecessor that still holds one keeps the group from being ready', () => {
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
