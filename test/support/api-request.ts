import { forbidRequest } from './log-record/log-record.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export type ApiRequest = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ApiAnswer>;

export const jsonType = { 'content-type': 'application/json' };

/** Sends one request to a running API. A text body is sent unchanged, any other as JSON. */
export async function apiRequest(
  apiUrl: string,
  ...[method, path, body, headers = jsonType]: Parameters<ApiRequest>
): Promise<ApiAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  forbidRequest(headers, text);
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers,
    ...(text !== undefined && { body: text }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
