import { types } from 'node:util';
import { EventSourceError } from '../errors.ts';
import type { ClusterSettings, Security } from './cluster-settings.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { BROKER_REQUIRES_SASL, BROKER_REQUIRES_TLS } from './protocol-mismatch.ts';

export interface Connected extends Pick<ClusterSettings, 'bootstrapServers' | 'setBy' | 'security'> {
  /** host:port, or several. */
  readonly broker: string;
}

/**
 * Converts an error of kafkajs or a socket into an EventSourceError whose message is one line with a remedy: `tls_failed` or
 * `authentication_failed` if `security` does not fit the brokers, `brokers_unreachable` without a connection. Returns any
 * other root cause unchanged. Never throws.
 */
export function connectionFailure(thrown: unknown, connected: Connected): Error {
  const { broker, security } = connected;
  if (thrown instanceof EventSourceError) {
    return thrown;
  }
  const cause = rootCause(thrown);
  const address = 'broker' in cause && typeof cause.broker === 'string' ? cause.broker : broker;
  const authentication = authenticationProblem(cause, security);
  if (authentication) {
    return new EventSourceError('authentication_failed', `${address} ${authentication}`, { cause });
  }
  const encryption = tlsProblem(cause, security);
  if (encryption) {
    return new EventSourceError('tls_failed', `${address} ${encryption}`, { cause });
  }
  if (cause instanceof kafkajs.KafkaJSConnectionError || 'syscall' in cause) {
    const reason = `${cause.message} (${addressSource(address, connected)})`;
    return new EventSourceError('brokers_unreachable', reason, { cause });
  }
  return cause;
}

/** Returns the source of an address: a setting, or the brokers, which advertise the addresses of all brokers. */
function addressSource(broker: string, { bootstrapServers, setBy }: Connected): string {
  const isSet = broker === bootstrapServers || bootstrapServers.split(/\s*,\s*/).includes(broker);
  if (!isSet) {
    return `the brokers at ${bootstrapServers} advertise ${broker}; see their advertised.listeners`;
  }
  return setBy === undefined
    ? `${broker} is the default; set bootstrapServers in custom.serverless-offline-kafka, or KAFKA_BROKERS`
    : `${broker} is set by ${setBy}`;
}

/** Returns the root cause of a kafkajs error. kafkajs wraps an error once per retry. */
export function rootCause(thrown: unknown): Error {
  if (isError(thrown)) {
    return thrown.cause === undefined ? thrown : rootCause(thrown.cause);
  }
  return new Error(String(thrown));
}

function authenticationProblem(cause: Error, { sasl }: Security): string | undefined {
  const mechanism = sasl?.mechanism.toUpperCase();
  if (cause instanceof kafkajs.KafkaJSSASLAuthenticationError) {
    const reason = cause.message.replace(/^SASL .*? authentication failed: /, '');
    return `rejects the user ${sasl?.username} with SASL ${mechanism} (${reason}); check username and password in \`security\``;
  }
  const type = 'type' in cause ? cause.type : undefined;
  if (type === 'UNSUPPORTED_SASL_MECHANISM') {
    return `does not support SASL ${mechanism}; set another mechanism in \`security\``;
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    return `does not use SASL on this port; remove \`sasl\` from \`security\`, or use the broker's SASL port`;
  }
  if (codeOf(cause) === BROKER_REQUIRES_SASL) {
    return 'closes the connection of a client that does not authenticate; set `sasl` in `security`';
  }
  return undefined;
}

function tlsProblem(cause: Error, { tls, sasl }: Security): string | undefined {
  const code = codeOf(cause);
  const reason = cause.message.replace(/^Connection error: /, '');
  if (code === BROKER_REQUIRES_TLS) {
    return `requires TLS on this port; set \`protocol: ${sasl ? 'SASL_SSL' : 'SSL'}\` in \`security\``;
  }
  if (code === 'ECONNRESET' && reason.includes('before secure TLS connection')) {
    return 'ended the TLS handshake: it is unavailable, or does not use TLS on this port; see `protocol` in `security`';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `has a certificate for another host (${reason.replace(/[:\s]+$/, '')}); use a host name from the certificate`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `has a certificate that is expired or not yet valid (${reason})`;
  }
  if (untrustedCodes.has(code)) {
    return `has an untrusted certificate (${reason}); set \`ca\` in \`security\` to the authority that signed it`;
  }
  if (tls && reason.startsWith(CONNECT_THREW)) {
    return `cannot be reached: the certificates in \`security\` are not valid (${reason.slice(CONNECT_THREW.length)})`;
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return handshakeProblem(cause.message, tls?.certificate !== undefined);
  }
  return undefined;
}

/** Parses a message of OpenSSL, such as `…:SSL routines:ssl3_read_bytes:ssl/tls alert bad certificate:…:SSL alert number 42`. */
function handshakeProblem(message: string, hasCertificate: boolean): string {
  const reason = /SSL routines:[^:]*:([^:]*)/.exec(message)?.[1] ?? message;
  if (!/alert.*(certificate|unknown ca|access denied)/.test(reason)) {
    return `fails the TLS handshake (${reason})`;
  }
  return hasCertificate
    ? `rejects the client certificate (${reason}); set another \`certificate\` in \`security\``
    : `requires a client certificate (${reason}); set \`certificate\` and \`privateKey\` in \`security\``;
}

/** The prefix of kafkajs' message when `tls.connect` throws, because a PEM or the passphrase is not valid. */
const CONNECT_THREW = 'Failed to connect: ';

/** Certificate errors that do not concern the time: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const untrustedCodes: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
]);

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

/** Also recognises an error of another realm, for which `instanceof` returns false. */
const isError = (thrown: unknown): thrown is Error => types.isNativeError(thrown);
