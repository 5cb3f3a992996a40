import type { ConnectionOptions } from 'node:tls';
import { OrderlyError } from '../errors/orderly-error.ts';
import { authenticationFailed, isRateLimited } from './authentication-failed.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';

/** TLS and authentication of a client. Without `security`, clients connect in plaintext and without authentication. */
export interface KafkaSecurity {
  /** `true`: TLS with the certificate authorities that Node trusts. */
  readonly tls: true | ConnectionOptions;
  readonly bearer?: BearerTokens;
}

/** Tokens for SASL/OAUTHBEARER. */
export interface BearerTokens {
  /** Returns a token for a login: for each new connection, and before a session expires. */
  readonly token: () => Promise<string>;
  /** Called when a broker rejects a token, or its session has expired. */
  readonly rejected: (token: string) => void;
}

/** The authentication state of one client. */
export interface LoginState {
  /** The error of the last login if it failed; a successful login clears it. */
  error: OrderlyError | undefined;
  /** The last token that was sent. */
  token: string | undefined;
  /** Aborts when the client is destroyed, so that no login waits for a token. */
  readonly ended: AbortSignal;
}

type SaslAuthenticate = kafkajs.AuthenticationProviderArgs['saslAuthenticate'];

/**
 * SASL/OAUTHBEARER (RFC 7628) for kafkajs. Its own implementation discards the broker's response.
 *
 * A login rejects with the OrderlyError of `token` or of `authenticationFailed`, and stores it in `state`, because kafkajs
 * replaces it with other errors. A lost connection or a rate limit is not an authentication failure.
 */
export function oauthBearer({ token, rejected }: BearerTokens, state: LoginState): kafkajs.Mechanism {
  const logIn = async (broker: string, saslAuthenticate: SaslAuthenticate): Promise<void> => {
    const sent = await unlessAborted(state.ended, token);
    state.token = sent;
    const response = await authenticate(sent, saslAuthenticate);
    if (response === '') {
      return; // an empty response means success
    }
    if (isRateLimited(response)) {
      throw new Error(`${broker} accepts no more connections at the moment (${response})`);
    }
    rejected(sent);
    throw authenticationFailed(response, broker);
  };
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      authenticate: async () => {
        try {
          await logIn(`${host}:${port}`, saslAuthenticate);
          state.error = undefined;
        } catch (error) {
          if (error instanceof OrderlyError) {
            state.error = error;
          }
          throw error;
        }
      },
    }),
  };
}

/** Sends a token. Returns the broker's error, from RFC 7628 or from Kafka's protocol; empty text if the login succeeded. */
async function authenticate(token: string, saslAuthenticate: SaslAuthenticate): Promise<string> {
  const request = withLength(Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`));
  try {
    const response = await saslAuthenticate<string>({
      request: { encode: () => request },
      response: { decode: withoutLength, parse: (bytes) => bytes.toString() },
    });
    return response ?? '';
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSProtocolError && error.type === 'SASL_AUTHENTICATION_FAILED') {
      return error.message;
    }
    throw error;
  }
}

/** Rejects when the signal aborts before the work is done: a token provider may hang, and cannot be cancelled. */
async function unlessAborted<Result>(ended: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new Error('The client has ended.'));
  ended.addEventListener('abort', end);
  try {
    ended.throwIfAborted();
    return await Promise.race([work(), promise]);
  } finally {
    ended.removeEventListener('abort', end);
  }
}

/** Prefixes bytes with their length, as Kafka's protocol requires: 4 bytes, big-endian. */
function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const withoutLength = (bytes: Buffer): Buffer => bytes.subarray(4);
