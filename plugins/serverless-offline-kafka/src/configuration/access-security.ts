import type { SaslSettings, Security } from '../kafka/cluster-settings.ts';
import type { MappingProperties } from './mapping-properties.ts';
import type { Problem } from './problem.ts';
import type { Secret } from './security.ts';

type Access = MappingProperties['SourceAccessConfigurations'];

const mechanisms: Readonly<Record<string, SaslSettings['mechanism']>> = {
  SASL_SCRAM_512_AUTH: 'scram-sha-512',
  SASL_SCRAM_256_AUTH: 'scram-sha-256',
  BASIC_AUTH: 'plain',
};
/** Lambda uses the strongest configured type and does not fall back to a weaker one. */
const strongestFirst = ['CLIENT_CERTIFICATE_TLS_AUTH', ...Object.keys(mechanisms)];

/**
 * Returns the security settings for a mapping's `SourceAccessConfigurations`, from the local values of their secrets.
 * `security` is undefined if no secret has a local value. Passwords are sent over TLS only, as on AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html
 */
export function accessSecurity(
  access: Access,
  secrets: Readonly<Record<string, Secret>>,
): { security?: Security; problems: readonly Problem[] } {
  const known = access.flatMap(({ Type, URI }, index) => {
    const secret = typeof URI === 'string' ? secrets[URI] : undefined;
    return secret ? [{ Type, secret, index }] : [];
  });
  const problems = known
    .filter(({ Type, secret }) => !fits(Type, secret))
    .map(({ Type, index }) => ({
      path: ['SourceAccessConfigurations', index, 'URI'],
      message: `the secret in the options does not fit ${Type}, which needs ${requiredFields(Type)}`,
    }));
  if (known.length === 0 || problems.length > 0) {
    return { problems };
  }
  const [strongest] = strongestFirst.flatMap((type) => known.filter(({ Type }) => Type === type));
  const ca = known.find(({ Type }) => Type === 'SERVER_ROOT_CA_CERTIFICATE')?.secret.certificate;
  const { certificate, privateKey, privateKeyPassword, username, password } = strongest?.secret ?? {};
  const mechanism = mechanisms[strongest?.Type ?? ''];
  return {
    problems,
    security: {
      tls: {
        ...(ca !== undefined && { ca }),
        ...(certificate !== undefined && { certificate }),
        ...(privateKey !== undefined && { privateKey }),
        ...(privateKeyPassword !== undefined && { passphrase: privateKeyPassword }),
      },
      ...(mechanism &&
        username !== undefined &&
        password !== undefined && { sasl: { mechanism, username, password } }),
    },
  };
}

function fits(type: string, { username, certificate, privateKey }: Secret): boolean {
  if (type in mechanisms) {
    return username !== undefined;
  }
  return certificate !== undefined && (type === 'SERVER_ROOT_CA_CERTIFICATE' || privateKey !== undefined);
}

function requiredFields(type: string): string {
  if (type in mechanisms) {
    return 'username and password';
  }
  return type === 'SERVER_ROOT_CA_CERTIFICATE' ? 'certificate' : 'certificate and privateKey';
}
