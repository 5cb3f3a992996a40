import { AwsClient } from 'aws4fetch';
import * as z from 'zod';
import { OrderlyError } from '../errors/orderly-error.ts';
import { type CredentialsProvider, presentCredentials } from './aws-credentials.ts';

export interface SecretOptions {
  readonly region: string;
  readonly credentials: CredentialsProvider;
  /** Default: AWS'. */
  readonly endpoint?: string | undefined;
}

/** What a secret must look like. */
export interface SecretForm {
  /** In words, for whoever has to correct it. */
  readonly is: string;
  /** Of the whole text the part that is wanted; throws when it is not there. */
  readonly read: (text: string) => string;
}

/** Shorter than a connection to PostgreSQL is waited for (2 s), which may need a password first: this error is the one seen. */
const TIMEOUT_MS = 1_500;

const answer = z.object({ SecretString: z.string() });
const withPassword = z.object({ password: z.string().min(1) });

/** A secret as RDS keeps it. */
export const passwordSecret: SecretForm = {
  is: 'JSON with a password',
  read: (text) => withPassword.parse(JSON.parse(text)).password,
};

/**
 * What a secret of Secrets Manager holds, within 1.5 s. One request, signed here: the SDK's client would nearly double
 * the size of every function.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws OrderlyError `aws_credentials_missing`, or `secret_unavailable` with what Secrets Manager said, and never with
 * anything of a value.
 */
export async function readSecret(
  secretArn: string,
  form: SecretForm,
  options: SecretOptions,
): Promise<string> {
  const { region, endpoint = `https://secretsmanager.${region}.${domainOf(region)}` } = options;
  const signal = AbortSignal.timeout(TIMEOUT_MS); // the credentials' time is in it
  const client = new AwsClient({
    ...(await presentCredentials(options.credentials)),
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
    return readAnswer(await response.text(), form);
  } catch (cause) {
    throw new OrderlyError(
      'secret_unavailable',
      `The secret ${secretArn} cannot be read; it must be ${form.is}, and the role may need secretsmanager:GetSecretValue and kms:Decrypt.`,
      { cause },
    );
  }
}

/** Parsers quote what they do not take, and errors are logged: theirs are not handed on, not even as a cause. */
function readAnswer(text: string, form: SecretForm): string {
  let value: string;
  try {
    value = answer.parse(JSON.parse(text)).SecretString;
  } catch {
    throw new Error('the answer has no SecretString');
  }
  try {
    return form.read(value);
  } catch {
    throw new Error(`its value is not ${form.is}`);
  }
}

/** AWS in China has a domain of its own. */
const domainOf = (region: string): string =>
  region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
