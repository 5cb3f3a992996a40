import type { HttpRequest, HttpResponse } from './http-function.ts';

/** Whether a browser asks if a page of another origin may send a request: https://fetch.spec.whatwg.org/#cors-preflight-request */
export function isPreflight({ headers, requestContext }: HttpRequest): boolean {
  return (
    requestContext.http.method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/**
 * Says neither yes nor no. API Gateway adds what its CORS configuration allows, and takes such headers of ours away; without
 * them the browser does not send the request.
 */
export const preflightAnswer = (): HttpResponse => ({ statusCode: 204 });
