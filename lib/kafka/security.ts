import type { ConnectionOptions } from 'node:tls';
import { OrderlyError } from '../errors/orderly-error.ts';
import { authenticationFailed, isTooBusy } from './authentication-failed.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';

/** How a client gets in. Without one: plaintext, and everybody is let in. */
export interface KafkaSecurity {
  /** TLS with the certificate authorities that Node trusts, or with settings of its own. */
  readonly tls: true | ConnectionOptions;
  readonly bearer?: BearerTokens;
}

/** The tokens of SASL/OAUTHBEARER. */
export interface BearerTokens {
  /** Asked for at each log-in: with a new connection, and before a session ends. */
  readonly token: () => Promise<string>;
  /** Told when a broker does not take a token that it gave, or no longer. */
  readonly refused: (token: string) => void;
}

/** How the log-ins of one client stand. */
export interface LoginState {
  /** Why nobody is let in, from a log-in that was refused to the next one that succeeds. */
  refusal: OrderlyError | undefined;
  /** The last one that was sent. */
  token: string | undefined;
  /** Aborted when the client has ended: then nobody waits for a token any more. */
  readonly ended: AbortSignal;
}

type SaslAuthenticate = kafkajs.AuthenticationProviderArgs['saslAuthenticate'];

/**
 * SASL/OAUTHBEARER (RFC 7628) for kafkajs, instead of its own, which throws the broker's answer away.
 * Rejects with an OrderlyError when there is no token, or what `authenticationFailed` makes of the broker's answer, and notes it
 * in `state`: kafkajs hides it behind others. What else goes wrong, a lost connection or a busy broker, is no refusal.
 */
export function oauthBearer({ token, refused }: BearerTokens, state: LoginState): kafkajs.Mechanism {
  const logIn = async (broker: string, saslAuthenticate: SaslAuthenticate): Promise<void> => {
    const presented = await unlessEnded(state.ended, token);
    state.token = presented;
    const answer = await answerTo(presented, saslAuthenticate);
    if (answer === '') {
      return; // success has nothing to say
    }
    if (isTooBusy(answer)) {
      throw new Error(`${broker} takes no more connections for now (${answer})`);
    }
    refused(presented);
    throw authenticationFailed(answer, broker);
  };
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      authenticate: async () => {
        try {
          await logIn(`${host}:${port}`, saslAuthenticate);
          state.refusal = undefined;
        } catch (error) {
          if (error instanceof OrderlyError) {
            state.refusal = error;
          }
          throw error;
        }
      },
    }),
  };
}

/** What the broker says to a token: in the words of RFC 7628, or by an error of Kafka's protocol. Nothing if it takes it. */
async function answerTo(token: string, saslAuthenticate: SaslAuthenticate): Promise<string> {
  const request = withLength(Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`));
  try {
    const answer = await saslAuthenticate<string>({
      request: { encode: () => request },
      response: { decode: withoutLength, parse: (bytes) => bytes.toString() },
    });
    return answer ?? '';
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSProtocolError && error.type === 'SASL_AUTHENTICATION_FAILED') {
      return error.message;
    }
    throw error;
  }
}

/** A provider of tokens may not answer for as long as it likes, and cannot be told to stop. */
async function unlessEnded<Result>(ended: AbortSignal, work: () => Promise<Result>): Promise<Result> {
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

/** Bytes of Kafka's protocol: a length of 4 bytes, big-endian, before them. */
function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const withoutLength = (bytes: Buffer): Buffer => bytes.subarray(4);
