import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { sendRequest } from '../http-client/send-request.ts';

const TIMEOUT_MS = 2_000;
const MAX_BYTES = 256 * 1024;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** Returns the current keys of an issuer, within 2 s. */
export async function readKeySet(url: string): Promise<JSONWebKeySet> {
  const { status, text } = await sendRequest(url, {
    headers: { accept: 'application/json' },
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  }).catch((cause) => {
    throw new Error(`${url}: ${Error.isError(cause) ? cause.message : cause}`, { cause });
  });
  if (status !== 200) {
    throw new Error(`${url} responded with status ${status} instead of 200`);
  }
  const { data } = keySetSchema.safeParse(parseJson(text));
  if (data === undefined) {
    throw new Error(`${url} did not return a key set`);
  }
  return data;
}

/** Discards the error of the parser: it quotes the text, and errors are logged. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
