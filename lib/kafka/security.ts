import type { ConnectionOptions } from 'node:tls';
import type kafkajs from 'kafkajs';
import type { OrderlyError } from '../errors.ts';
import { loginRefused } from './login-refused.ts';

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
  /** Told when a broker did not take the token. */
  readonly refused: () => void;
}

/** Why nobody is let in, from a log-in that failed to the next one that succeeds. */
export interface LoginState {
  refusal: OrderlyError | undefined;
}

/**
 * SASL/OAUTHBEARER (RFC 7628) for kafkajs, instead of its own, which throws the broker's answer away.
 * Rejects with what `loginRefused` makes of that answer, and notes it in `state`: kafkajs hides it behind others.
 */
export function oauthBearer({ token, refused }: BearerTokens, state: LoginState): kafkajs.Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      authenticate: async () => {
        try {
          const request = withLength(Buffer.from(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`));
          const answer = await saslAuthenticate<string>({
            request: { encode: () => request },
            response: { decode: withoutLength, parse: (bytes) => bytes.toString() },
          });
          if (answer) {
            throw new Error(answer); // success has nothing to say
          }
          state.refusal = undefined;
        } catch (error) {
          refused();
          state.refusal = loginRefused(error, `${host}:${port}`);
          throw state.refusal;
        }
      },
    }),
  };
}

/** Bytes of Kafka's protocol: a length of 4 bytes, big-endian, before them. */
function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const withoutLength = (bytes: Buffer): Buffer => bytes.subarray(4);
