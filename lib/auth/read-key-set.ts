import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';

const TIMEOUT_MS = 2_000;
const MAX_BYTES = 256 * 1024;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/**
 * Returns the current keys of an issuer, within 2 s. The connection is closed after the request: the next request
 * comes minutes later, possibly after a freeze. A DNS lookup without a response continues in the background,
 * because Node cannot abort one.
 */
export async function readKeySet(url: string): Promise<JSONWebKeySet> {
  const client = url.startsWith('https:') ? https : http;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const request = client.get(url, {
      agent: false,
      signal: timeout.signal,
      headers: { accept: 'application/json' },
    });
    request.on('error', () => undefined); // the response reports errors that come after it
    const [response]: http.IncomingMessage[] = await once(request, 'response', { signal: timeout.signal });
    if (response?.statusCode !== 200) {
      request.destroy();
      throw new Error(`${url} responded with status ${response?.statusCode} instead of 200`);
    }
    const { data } = keySetSchema.safeParse(JSON.parse(await readText(response)));
    if (data === undefined) {
      throw new Error(`${url} did not return a key set`);
    }
    return data;
  } catch (error) {
    throw timeout.signal.aborted ? new Error(`${url} did not respond within ${TIMEOUT_MS} ms`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Leaving the loop early closes the connection. */
async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) {
      throw new Error(`the key set has more than ${MAX_BYTES} bytes`);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}
