import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { OrderlyError } from '../errors/orderly-error.ts';
import { acceptsGzip } from './accepts-gzip.ts';
import { endpoint } from './endpoint.ts';
import type { HttpHandler } from './http-function.ts';

interface BuiltPage {
  /** The folder of the gzipped files. Each name except `index.html` contains the hash of the content. */
  readonly directory: string;
  readonly contentSecurityPolicy: string;
}

type Files = ReadonlyMap<string, Buffer>;

const PAGE = 'index.html';

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

const decompress = promisify(gunzip);

/**
 * Creates the function of a page: the route without `{file}` serves `index.html`, the route with it the other files. Reads
 * the files at the first request. Sends them as they are stored, to a client that does not accept gzip decompressed.
 */
export function builtPage({ directory, contentSecurityPolicy }: BuiltPage): HttpHandler {
  let files: Files | undefined;
  return endpoint(async ({ pathParameters, headers, requestContext }) => {
    files ??= await readFiles(directory);
    const { file } = pathParameters ?? {};
    const name = file ?? PAGE;
    const stored = files.get(name);
    if (stored === undefined || file === PAGE) {
      throw new OrderlyError('route_not_found', `No route matches ${requestContext.http.path}.`);
    }
    const isGzip = acceptsGzip(headers['accept-encoding']);
    const body = isGzip ? stored : await decompress(stored);
    return {
      statusCode: 200,
      headers: {
        'content-type': contentTypes[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
        vary: 'accept-encoding',
        ...(isGzip && { 'content-encoding': 'gzip' }),
        ...(name === PAGE
          ? { 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy }
          : { 'cache-control': 'public, max-age=31536000, immutable' }),
      },
      body: body.toString('base64'),
      isBase64Encoded: true,
    };
  });
}

/** Returns the compressed files of a folder by the name that clients use. */
async function readFiles(directory: string): Promise<Files> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.gz'));
  const read = async (name: string) =>
    [name.slice(0, -'.gz'.length), await readFile(join(directory, name))] as const;
  return new Map(await Promise.all(names.map(read)));
}
