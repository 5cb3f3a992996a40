import type pg from 'pg';
import type { DatabaseLogin } from './login.ts';

/** How a connection is authenticated: with the password of the URL, by IAM, or with the password of a secret. */
type Authentication = 'password' | 'iam' | 'secret';

const anything = /^/;

/** The parameters that pg sends to PostgreSQL for the session. */
const sessionParameters: Readonly<Record<string, RegExp>> = {
  application_name: anything,
  client_encoding: /^utf-?8$/i, // pg decodes nothing else
  idle_in_transaction_session_timeout: anything,
  lock_timeout: anything,
  options: anything,
  statement_timeout: anything,
};

/** Those of TLS, as pg reads them: https://node-postgres.com/features/ssl. It would take another value for one of these. */
const tlsParameters: Readonly<Record<string, RegExp>> = {
  ssl: /^(true|1|0|no-verify)$/,
  sslcert: anything,
  sslkey: anything,
  sslmode: /^(disable|prefer|require|verify-ca|verify-full|no-verify)$/,
  sslnegotiation: /^(postgres|direct)$/,
  sslrootcert: anything,
  uselibpqcompat: /^true$/,
};

/** A login brings TLS with it, and verifies the server: whoever asks for as much or less than that gets it. */
const tlsParametersOfLogin: Readonly<Record<string, RegExp>> = {
  ssl: /^(true|1)$/,
  sslmode: /^(prefer|require|verify-ca|verify-full)$/,
};

/**
 * What is wrong with the parameters of a PostgreSQL URL: those that would have no effect, each by its name. libpq has more
 * than pg reads, and pg ignores those (https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
 */
export function databaseUrlFaults(databaseUrl: string, authentication: Authentication): string[] {
  const url = URL.parse(databaseUrl);
  if (url === null) {
    return []; // which has been said
  }
  const byPassword = authentication === 'password';
  const known = { ...sessionParameters, ...(byPassword ? tlsParameters : tlsParametersOfLogin) };
  const names = [...url.searchParams.keys()];
  const faults = [...new Set(names)].flatMap((name) => {
    const values = url.searchParams.getAll(name);
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule !== undefined && values.length === 1 && rule.test(values[0] ?? '')) {
      return [];
    }
    const given = rule !== undefined && values.length === 1 ? `${name}=${values[0]}` : name;
    return [`must not have the parameter ${given}${reasonFor(name, values.length, byPassword)}`];
  });
  return byPassword ? faults : [...faults, ...faultsOfLogin(url, authentication)];
}

function faultsOfLogin({ username, password, pathname }: URL, authentication: Authentication): string[] {
  return [
    ...(username === '' ? [`must name the user: DATABASE_AUTH is ${authentication}`] : []),
    ...(password === '' ? [] : [`must have no password: DATABASE_AUTH is ${authentication}`]),
    ...(isDecodable(username) && isDecodable(pathname)
      ? []
      : ['has a % in the user or the database that encodes nothing: a % itself is %25']),
  ];
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function reasonFor(name: string, times: number, byPassword: boolean): string {
  if (times > 1) {
    return ` ${times} times`;
  }
  return !byPassword && Object.hasOwn(tlsParameters, name)
    ? ': this way to log in always uses TLS and verifies the certificate, with NODE_EXTRA_CA_CERTS too'
    : ', which has no effect here';
}

/** The connection that a URL without faults describes. */
export function connectionTo(databaseUrl: string, login?: DatabaseLogin): pg.ClientConfig {
  if (login === undefined) {
    return { connectionString: databaseUrl };
  }
  // In parts: pg takes the password of a connection string, also where it has none, before any other.
  const { hostname, port, username, pathname, searchParams } = new URL(databaseUrl);
  const session = [...searchParams].filter(([name]) => Object.hasOwn(sessionParameters, name));
  return {
    ...Object.fromEntries(session),
    host: hostname.replace(/^\[(.*)\]$/, '$1'), // an address of IPv6
    ...(port !== '' && { port: Number(port) }),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    password: login.password,
    ssl: login.tls,
  };
}
