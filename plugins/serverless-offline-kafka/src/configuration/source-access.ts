import * as z from 'zod';
import { isIntrinsic } from './template-values.ts';

/** One of a mapping's `SourceAccessConfigurations`. Lambda has all of these types; here only some have an effect. */
export const sourceAccess = z.strictObject({
  Type: z.enum([
    'BASIC_AUTH',
    'SASL_SCRAM_256_AUTH',
    'SASL_SCRAM_512_AUTH',
    'CLIENT_CERTIFICATE_TLS_AUTH',
    'SERVER_ROOT_CA_CERTIFICATE',
    'VPC_SUBNET',
    'VPC_SECURITY_GROUP',
    'OAUTHBEARER_AUTH',
    'OAUTHBEARER_AUTH_SCOPE',
    'OAUTHBEARER_AUTH_AUDIENCE',
    'OAUTHBEARER_AUTH_LOGICAL_CLUSTER',
    'OAUTHBEARER_AUTH_IDENTITY_POOL',
    'OAUTHBEARER_AUDIENCE',
    'IAM_AUTH',
    'IAM_OAUTHBEARER_AUTH',
  ]),
  URI: z.union([z.string(), z.custom<object>(isIntrinsic)]).optional(),
});
