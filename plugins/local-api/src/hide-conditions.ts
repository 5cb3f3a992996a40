import type { IncomingMessage } from 'node:http';

/** Headers that let the server of serverless-offline shorten or replace a response: hapi answers 206, 304 or 416. */
const conditions = ['if-modified-since', 'if-none-match', 'if-range', 'range'];

/**
 * Removes conditional and range headers from `headers`, which the server of serverless-offline reads. API Gateway returns the
 * response of a function unchanged. `rawHeaders` keep them, so a function sees them in its event.
 */
export function hideConditions({ headers }: Pick<IncomingMessage, 'headers'>): void {
  for (const name of conditions) {
    delete headers[name];
  }
}
