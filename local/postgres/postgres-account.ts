import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** PostgreSQL does not run as root. The first of these accounts that exists runs it instead. */
const ACCOUNTS = ['postgres', 'nobody'];

/** Lets the account enter directories. Docker grants it to root by default. */
const CAPABILITY = '+dac_override';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Runs PostgreSQL's programs as the right account. */
export interface PostgresRunner {
  /** The account that owns the data; undefined: the current user. */
  readonly account: Account | undefined;
  /** Returns the command that runs a program as `account`. */
  readonly commandLine: (
    program: string,
    args: readonly string[],
  ) => {
    readonly command: string;
    readonly args: readonly string[];
    readonly account: Account | undefined;
  };
}

/**
 * A normal user runs PostgreSQL as that user. Root runs it as another account. If that account cannot enter the directories
 * of the project (below /root), it gets the one capability that it needs.
 * @throws OrderlyError with the remedies if root cannot grant the capability.
 */
export function postgresRunner(binaries: string, dataDirectory: string): PostgresRunner {
  if (process.getuid?.() !== 0) {
    return plainRunner(undefined);
  }
  const account = ownerUnlessRoot(dataDirectory) ?? findAccount(readFileSync('/etc/passwd', 'utf8'));
  if (!account) {
    throw new OrderlyError(
      'local_stack',
      `PostgreSQL does not run as root, and there is no account ${ACCOUNTS.join(' or ')} to run it as: start as another user, or set DATABASE_URL.`,
    );
  }
  const closed = [binaries, dirname(dataDirectory)].flatMap(parents).find((path) => !canEnter(account, path));
  if (closed === undefined) {
    return plainRunner(account);
  }
  const identity = ['--reuid', `${account.uid}`, '--regid', `${account.gid}`, '--clear-groups'];
  // PostgreSQL finds its programs with access(2), which ignores the capability without this secure bit.
  const capability = [
    '--securebits',
    '+no_setuid_fixup',
    '--inh-caps',
    CAPABILITY,
    '--ambient-caps',
    CAPABILITY,
  ];
  const capable = [...identity, ...capability];
  if (spawnSync('setpriv', [...capable, 'true'], { cwd: '/' }).status !== 0) {
    throw new OrderlyError(
      'local_stack',
      `PostgreSQL does not run as root, and account ${account.uid} cannot enter ${closed}: start as another user, move the project, or set DATABASE_URL.`,
    );
  }
  return {
    account,
    commandLine: (program, args) => ({
      command: 'setpriv',
      args: [...capable, program, ...args],
      account: undefined,
    }),
  };
}

/** Returns the first possible account in the text of /etc/passwd. */
export function findAccount(passwd: string): Account | undefined {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  const [, , uid, gid] =
    ACCOUNTS.map((name) => entries.find((entry) => entry[0] === name)).find(Boolean) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

const plainRunner = (account: Account | undefined): PostgresRunner => ({
  account,
  commandLine: (command, args) => ({ command, args, account }),
});

/** Existing data keeps its owner, such as a user who later became root. */
function ownerUnlessRoot(dataDirectory: string): Account | undefined {
  const owner = statSync(dataDirectory, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : undefined;
}

const EXECUTE = 0o1;

/** Checks the permission bits. ACLs are rare, and cannot be evaluated for another account. */
function canEnter({ uid, gid }: Account, directory: string): boolean {
  const { mode, uid: owner, gid: group } = statSync(directory);
  const shift = owner === uid ? 6 : group === gid ? 3 : 0;
  return ((mode >> shift) & EXECUTE) !== 0;
}

/** Returns a directory and all its parents. */
function parents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...parents(parent)];
}
