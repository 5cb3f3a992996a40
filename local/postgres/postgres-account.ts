import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** PostgreSQL refuses to run as root; these are the accounts to run as, the first that exists. */
const ACCOUNTS = ['postgres', 'nobody'];

/** The least that Docker leaves to root by default and that opens directories. */
const CAPABILITY = '+dac_override';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How to run PostgreSQL's programs, as the right account. */
export interface PostgresRunner {
  /** The account that owns the data; undefined: whoever we are. */
  readonly account: Account | undefined;
  /** What to run for a program with arguments, as `account`. */
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
 * As a normal user, PostgreSQL runs as that user. As root it runs as another account, and when that one may
 * not enter the directories on the way (a project below /root), with the single capability that lets it.
 * @throws OrderlyError that names the ways out when root cannot arrange that.
 */
export function postgresRunner(binaries: string, dataDirectory: string): PostgresRunner {
  if (process.getuid?.() !== 0) {
    return plainRunner(undefined);
  }
  const account = ownerUnlessRoot(dataDirectory) ?? findAccount(readFileSync('/etc/passwd', 'utf8'));
  if (!account) {
    throw new OrderlyError(
      'local_stack',
      `PostgreSQL refuses to run as root and there is no account ${ACCOUNTS.join(' or ')} to run it as: start as another user, or set DATABASE_URL.`,
    );
  }
  const closed = [binaries, dirname(dataDirectory)].flatMap(parents).find((path) => !mayEnter(account, path));
  if (closed === undefined) {
    return plainRunner(account);
  }
  const identity = ['--reuid', `${account.uid}`, '--regid', `${account.gid}`, '--clear-groups'];
  // Without the secure bit access(2), with which PostgreSQL looks for its programs, ignores the capability.
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
      `PostgreSQL refuses to run as root, and account ${account.uid} may not enter ${closed}: start as another user, move the project, or set DATABASE_URL.`,
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

/** The first of PostgreSQL's possible accounts in the text of /etc/passwd. */
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

/** Data that is there belongs to somebody already: to the user who later became root, for one. */
function ownerUnlessRoot(dataDirectory: string): Account | undefined {
  const owner = statSync(dataDirectory, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : undefined;
}

const EXECUTE = 0o1;

/** By the permission bits: other than ACLs, which are rare, they can be read for somebody else. */
function mayEnter({ uid, gid }: Account, directory: string): boolean {
  const { mode, uid: owner, gid: group } = statSync(directory);
  const shift = owner === uid ? 6 : group === gid ? 3 : 0;
  return ((mode >> shift) & EXECUTE) !== 0;
}

/** A directory and everything above it. */
function parents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...parents(parent)];
}
