import { AwsClient } from 'aws4fetch';
import * as z from 'zod';
import { OrderlyError } from '../errors/orderly-error.ts';
import { type CredentialsProvider, currentCredentials } from './aws-credentials.ts';

export interface SecretOptions {
  readonly region: string;
  readonly credentials: CredentialsProvider;
  /** Default: the endpoint of AWS. */
  readonly endpoint?: string | undefined;
}

/** The required format of a secret. */
export interface SecretForm {
  /** Describes the format in error messages. */
  readonly is: string;
  /** Returns the required part of the secret's text. Throws if the text has another format. */
  readonly read: (text: string) => string;
}

/** Shorter than the connect timeout of PostgreSQL (2 s), which may need a password first: then this error is the one reported. */
const TIMEOUT_MS = 1_500;

const responseSchema = z.object({ SecretString: z.string() });
const passwordSchema = z.object({ password: z.string().min(1) });

/** The format of RDS: JSON with the field `password`. */
export const passwordSecret: SecretForm = {
  is: 'JSON with a password',
  read: (text) => passwordSchema.parse(JSON.parse(text)).password,
};

/**
 * Reads a secret from Secrets Manager; times out after 1.5 s. Signs its one request here, because the client of the AWS
 * SDK would nearly double the size of every function.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws OrderlyError `aws_credentials_missing`, or `secret_unavailable` with the error of Secrets Manager. Errors never
 * contain any part of the secret.
 */
export async function readSecret(
  secretArn: string,
  form: SecretForm,
  options: SecretOptions,
): Promise<string> {
  const { region, endpoint = `https://secretsmanager.${region}.${domainOf(region)}` } = options;
  const signal = AbortSignal.timeout(TIMEOUT_MS); // includes the time to get the credentials
  const client = new AwsClient({
    ...(await currentCredentials(options.credentials)),
    service: 'secretsmanager',
    region,
    retries: 0,
  });
  try {
    const response = await client.fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'secretsmanager.GetSecretValue',
      },
      body: JSON.stringify({ SecretId: secretArn }),
      signal,
    });
    if (!response.ok) {
      throw new Error(`status ${response.status}: ${(await response.text()).slice(0, 300)}`);
    }
    return parseResponse(await response.text(), form);
  } catch (cause) {
    throw new OrderlyError(
      'secret_unavailable',
      `The secret ${secretArn} cannot be read; it must be ${form.is}, and the role may need secretsmanager:GetSecretValue and kms:Decrypt.`,
      { cause },
    );
  }
}

/** Discards the errors of the parsers, also as a cause: they quote the secret, and errors are logged. */
function parseResponse(text: string, form: SecretForm): string {
  let value: string;
  try {
    value = responseSchema.parse(JSON.parse(text)).SecretString;
  } catch {
    throw new Error('the response has no SecretString');
  }
  try {
    return form.read(value);
  } catch {
    throw new Error(`its value is not ${form.is}`);
  }
}

/** AWS in China has its own domain. */
const domainOf = (region: string): string =>
  region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
