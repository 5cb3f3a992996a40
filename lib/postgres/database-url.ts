import type pg from 'pg';
import type { DatabaseLogin } from './login.ts';

/** The authentication method of a connection: the password of the URL, IAM, or the password of a secret. */
type Authentication = 'password' | 'iam' | 'secret';

const anyValue = /^/;

/** The parameters that pg sends to PostgreSQL for the session. */
const sessionParameters: Readonly<Record<string, RegExp>> = {
  application_name: anyValue,
  client_encoding: /^utf-?8$/i, // pg decodes nothing else
  idle_in_transaction_session_timeout: anyValue,
  lock_timeout: anyValue,
  options: anyValue,
  statement_timeout: anyValue,
};

/** The TLS parameters, as pg reads them: https://node-postgres.com/features/ssl. pg treats any other value as one of these. */
const tlsParameters: Readonly<Record<string, RegExp>> = {
  ssl: /^(true|1|0|no-verify)$/,
  sslcert: anyValue,
  sslkey: anyValue,
  sslmode: /^(disable|prefer|require|verify-ca|verify-full|no-verify)$/,
  sslnegotiation: /^(postgres|direct)$/,
  sslrootcert: anyValue,
  uselibpqcompat: /^true$/,
};

/** IAM and secrets always use TLS and verify the server: they satisfy a value that requires this or less. */
const tlsParametersOfLogin: Readonly<Record<string, RegExp>> = {
  ssl: /^(true|1)$/,
  sslmode: /^(prefer|require|verify-ca|verify-full)$/,
};

/**
 * Returns the errors of a PostgreSQL URL: the parameters that would have no effect, by name. pg ignores parameters
 * of libpq that it does not support (https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
 */
export function databaseUrlErrors(databaseUrl: string, authentication: Authentication): string[] {
  const url = URL.parse(databaseUrl);
  if (url === null) {
    return []; // another check reports this
  }
  const byPassword = authentication === 'password';
  const known = { ...sessionParameters, ...(byPassword ? tlsParameters : tlsParametersOfLogin) };
  const names = [...url.searchParams.keys()];
  const errors = [...new Set(names)].flatMap((name) => {
    const values = url.searchParams.getAll(name);
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule !== undefined && values.length === 1 && rule.test(values[0] ?? '')) {
      return [];
    }
    const given = rule !== undefined && values.length === 1 ? `${name}=${values[0]}` : name;
    return [`must not have the parameter ${given}${reasonFor(name, values.length, byPassword)}`];
  });
  return byPassword ? errors : [...errors, ...loginErrors(url, authentication)];
}

function loginErrors({ username, password, pathname }: URL, authentication: Authentication): string[] {
  return [
    ...(username === '' ? [`must name the user: DATABASE_AUTH is ${authentication}`] : []),
    ...(password === '' ? [] : [`must have no password: DATABASE_AUTH is ${authentication}`]),
    ...(isDecodable(username) && isDecodable(pathname)
      ? []
      : ['has an invalid % in the user or the database: encode % as %25']),
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
    ? ': this authentication method always uses TLS and verifies the certificate, also with NODE_EXTRA_CA_CERTS'
    : ', which has no effect here';
}

/** Returns the connection settings of a valid URL. */
export function connectionTo(databaseUrl: string, login?: DatabaseLogin): pg.ClientConfig {
  if (login === undefined) {
    return { connectionString: databaseUrl };
  }
  // Separate settings, because pg prefers the password of a connection string, even if the string has none.
  const { hostname, port, username, pathname, searchParams } = new URL(databaseUrl);
  const session = [...searchParams].filter(([name]) => Object.hasOwn(sessionParameters, name));
  return {
    ...Object.fromEntries(session),
    host: hostname.replace(/^\[(.*)\]$/, '$1'), // an IPv6 address
    ...(port !== '' && { port: Number(port) }),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    password: login.password,
    ssl: login.tls,
  };
}
