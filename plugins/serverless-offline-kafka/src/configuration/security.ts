import * as z from 'zod';
import type { Security } from '../kafka/cluster-settings.ts';
import { pem } from './pem.ts';

const text = z.string().min(1);

/** The option `security`. Without a `protocol`, TLS is used if SASL or a certificate is configured. */
export const security = (serviceDir: string): z.ZodType<Security> =>
  z
    .strictObject({
      protocol: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']).optional(),
      sasl: z
        .strictObject({
          mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
          username: text,
          password: text,
        })
        .optional(),
      ca: pem(serviceDir).optional(),
      certificate: pem(serviceDir).optional(),
      privateKey: pem(serviceDir).optional(),
      passphrase: text.optional(),
    })
    .transform(({ protocol, sasl, ...tls }, context): Security => {
      const reject = (setting: string, message: string): void => {
        context.addIssue({ code: 'custom', path: [setting], message });
      };
      const files = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
      const [file] = Object.keys(files);
      const isEncrypted =
        protocol === undefined ? sasl !== undefined || file !== undefined : protocol.endsWith('SSL');
      if (file !== undefined && !isEncrypted) {
        reject(file, `is for TLS, but protocol is ${protocol}`);
      }
      if (sasl && protocol !== undefined && !protocol.startsWith('SASL')) {
        reject('sasl', `is for SASL, but protocol is ${protocol}`);
      }
      if (!sasl && protocol?.startsWith('SASL')) {
        reject('sasl', `is required with protocol ${protocol}`);
      }
      if ((tls.certificate === undefined) !== (tls.privateKey === undefined)) {
        reject(
          tls.certificate === undefined ? 'certificate' : 'privateKey',
          'certificate and privateKey must be set together',
        );
      }
      if (tls.passphrase !== undefined && tls.privateKey === undefined) {
        reject('passphrase', 'needs privateKey');
      }
      return { ...(isEncrypted && { tls: files }), ...(sasl && { sasl }) };
    });

/** The content of a secret in AWS Secrets Manager, with Lambda's field names. */
export interface Secret {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly certificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly privateKeyPassword?: string | undefined;
}

export const secret = (serviceDir: string): z.ZodType<Secret> =>
  z
    .strictObject({
      username: text.optional(),
      password: text.optional(),
      certificate: pem(serviceDir).optional(),
      privateKey: pem(serviceDir).optional(),
      privateKeyPassword: text.optional(),
    })
    .refine(
      ({ username, password, certificate }) =>
        (username === undefined) === (password === undefined) &&
        (username === undefined) !== (certificate === undefined),
      'must have username and password, or certificate (for mTLS also privateKey)',
    );
