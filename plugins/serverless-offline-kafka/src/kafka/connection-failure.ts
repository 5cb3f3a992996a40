import { types } from 'node:util';
import { EventSourceError } from '../errors.ts';
import type { ClusterSettings, Security } from './cluster-settings.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { BROKER_REQUIRES_SASL, BROKER_REQUIRES_TLS } from './protocol-mismatch.ts';

export interface Connected extends Pick<ClusterSettings, 'bootstrapServers' | 'setBy' | 'security'> {
  /** host:port, or several. */
  readonly broker: string;
}

/**
 * The reason behind whatever kafkajs or a socket has thrown, in one line that says what to do about it: an
 * EventSourceError `tls_failed` or `authentication_failed` where the brokers and `security` do not agree,
 * `brokers_unreachable` where no connection is made, else the error itself. Total.
 */
export function connectionFailure(thrown: unknown, connected: Connected): Error {
  const { broker, security } = connected;
  if (thrown instanceof EventSourceError) {
    return thrown;
  }
  const cause = rootCause(thrown);
  const place = 'broker' in cause && typeof cause.broker === 'string' ? cause.broker : broker;
  const authentication = authenticationProblem(cause, security);
  if (authentication) {
    return new EventSourceError('authentication_failed', `${place} ${authentication}`, { cause });
  }
  const encryption = tlsProblem(cause, security);
  if (encryption) {
    return new EventSourceError('tls_failed', `${place} ${encryption}`, { cause });
  }
  if (cause instanceof kafkajs.KafkaJSConnectionError || 'syscall' in cause) {
    const reason = `${cause.message} (${originOf(place, connected)})`;
    return new EventSourceError('brokers_unreachable', reason, { cause });
  }
  return cause;
}

/** Returns the source of an address: a setting, or the brokers, which advertise the addresses of all brokers. */
function originOf(broker: string, { bootstrapServers, setBy }: Connected): string {
  const isSet = broker === bootstrapServers || bootstrapServers.split(/\s*,\s*/).includes(broker);
  if (!isSet) {
    return `${broker} is what the brokers at ${bootstrapServers} advertise; see their advertised.listeners`;
  }
  return setBy === undefined
    ? `${broker} is the default; set bootstrapServers in custom.serverless-offline-kafka, or KAFKA_BROKERS`
    : `${broker} is set by ${setBy}`;
}

/** The error at the bottom of a kafkajs error, which wraps it once per retry. */
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
    return `does not let the user ${sasl?.username} in by SASL ${mechanism} (${reason}); check username and password in \`security\``;
  }
  const type = 'type' in cause ? cause.type : undefined;
  if (type === 'UNSUPPORTED_SASL_MECHANISM') {
    return `offers no SASL ${mechanism}; set another mechanism in \`security\``;
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    return `wants no SASL on this port; take it out of \`security\`, or take the broker's port for SASL`;
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
    return `speaks TLS on this port; set \`protocol: ${sasl ? 'SASL_SSL' : 'SSL'}\` in \`security\``;
  }
  if (code === 'ECONNRESET' && reason.includes('before secure TLS connection')) {
    return 'ended the TLS handshake: it is away, or does not speak TLS on this port; see `protocol` in `security`';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `has a certificate for another host (${reason.replace(/[:\s]+$/, '')}); reach it by a name that is in the certificate`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `has a certificate that is not valid at this time (${reason})`;
  }
  if (untrusted.has(code)) {
    return `has a certificate that is not trusted (${reason}); set \`ca\` in \`security\` to the authority that signed it`;
  }
  if (tls && reason.startsWith(UNUSABLE)) {
    return `cannot be asked: the certificates in \`security\` cannot be used (${reason.slice(UNUSABLE.length)})`;
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return handshakeProblem(cause.message, tls?.certificate !== undefined);
  }
  return undefined;
}

/** OpenSSL's message, such as `…:SSL routines:ssl3_read_bytes:ssl/tls alert bad certificate:…:SSL alert number 42`. */
function handshakeProblem(message: string, hasCertificate: boolean): string {
  const reason = /SSL routines:[^:]*:([^:]*)/.exec(message)?.[1] ?? message;
  if (!/alert.*(certificate|unknown ca|access denied)/.test(reason)) {
    return `cannot agree on a TLS connection (${reason})`;
  }
  return hasCertificate
    ? `refuses the client certificate (${reason}); set another \`certificate\` in \`security\``
    : `asks for a client certificate (${reason}); set \`certificate\` and \`privateKey\` in \`security\``;
}

/** What kafkajs says when `tls.connect` throws: the PEM texts, or the passphrase, are not what they should be. */
const UNUSABLE = 'Failed to connect: ';

/** Of https://nodejs.org/api/tls.html#x509-certificate-error-codes those that say nothing about the time. */
const untrusted: ReadonlySet<string> = new Set([
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

/** Also for an error that was made outside of this context, where `instanceof` sees none. */
const isError = (thrown: unknown): thrown is Error => types.isNativeError(thrown);
