import { OrderlyError, sanitizeMessage } from '../errors/orderly-error.ts';
import { sendRequest } from '../http-client/send-request.ts';

export interface RegistryOptions {
  /** The base URL of an API that is compatible with Confluent's Schema Registry. */
  readonly url: string;
  /** The time limit of each request. */
  readonly timeoutMs: number;
  /** Returns the value of the header `Authorization`. Default: no authentication. */
  readonly authorization?: (() => Promise<string>) | undefined;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Our largest schema has a few kilobytes. */
const MAX_BYTES = 256 * 1024;

/**
 * Sends a request to the API of Confluent's Schema Registry, which others offer too. Returns the JSON of the answer.
 * https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 * @throws OrderlyError `schema_registry_failed` if the registry does not answer in time, rejects the request, or does not
 * answer JSON; that of `authorization`.
 */
export async function registryRequest(
  { url, timeoutMs, authorization }: RegistryOptions,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<unknown> {
  const target = url.replace(/\/+$/, '') + path;
  const headers = {
    accept: CONTENT_TYPE,
    'content-type': CONTENT_TYPE,
    ...(authorization && { authorization: await authorization() }),
  };
  try {
    const { status, text } = await sendRequest(target, {
      method,
      headers,
      timeoutMs,
      maxBytes: MAX_BYTES,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (status !== 200) {
      throw new Error(`status ${status}: ${sanitizeMessage(text)}`);
    }
    return parseJson(text);
  } catch (cause) {
    const reason = Error.isError(cause) ? cause.message : String(cause);
    throw new OrderlyError(
      'schema_registry_failed',
      `${method} ${target} at the schema registry failed: ${reason}.`,
      { cause },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not JSON');
  }
}
