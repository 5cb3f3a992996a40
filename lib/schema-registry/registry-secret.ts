import { readSecret, type SecretForm, type SecretOptions } from '../aws/read-secret.ts';

const form: SecretForm = {
  is: 'the key and the secret of the registry with a colon between them, as text and not as JSON',
  read: (text) => {
    if (!/^[^:{\s]+:\S+$/.test(text)) {
      throw new Error('the format is wrong');
    }
    return text;
  },
};

/**
 * Returns the header `Authorization` for the key and the secret in Secrets Manager. Confluent Cloud and Karapace use this
 * form: https://docs.confluent.io/cloud/current/sr/sr-rest-apis.html
 * @throws OrderlyError `secret_unavailable` or `aws_credentials_missing`
 */
export async function registryAuthorization(secretArn: string, options: SecretOptions): Promise<string> {
  const secret = await readSecret(secretArn, form, options);
  return `Basic ${Buffer.from(secret).toString('base64')}`;
}
