import * as z from 'zod';
import { deployTimeValue } from './template-value.ts';

/** An entry of `SourceAccessConfigurations`. Lambda supports all of these types; here only some have an effect. */
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
    'OAUTHBEARER_SCOPE',
    'OAUTHBEARER_AUDIENCE',
    'OAUTHBEARER_LOGICAL_CLUSTER',
    'OAUTHBEARER_IDENTITY_POOL',
    'IAM_AUTH',
    'IAM_OAUTHBEARER_AUTH',
  ]),
  URI: z.union([z.string(), deployTimeValue]).optional(),
});
