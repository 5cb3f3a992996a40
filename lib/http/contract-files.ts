import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { OrderlyError } from '../errors/orderly-error.ts';
import { acceptsGzip } from './accepts-gzip.ts';
import { endpoint } from './endpoint.ts';
import type { HttpHandler } from './http-function.ts';

/** The folders of the contracts, with the media type of their files. */
const folders = [
  { folder: '', contentType: 'application/json' },
  { folder: 'schemas', contentType: 'application/schema+json' },
];

/** A deployment may change a contract. */
const MAX_AGE_SECONDS = 60;

interface ContractFile {
  readonly contentType: string;
  readonly text: string;
  /** Set at the first request that accepts it. */
  gzip?: Buffer;
}

/**
 * Creates the function that answers with the contracts of a directory, by their path in it. It reads them at the first request.
 * There is no ETag, because conditional requests get the whole file.
 */
export function contractFiles(directory: string): HttpHandler {
  let files: ReadonlyMap<string, ContractFile> | undefined;
  return endpoint(async ({ requestContext: { http }, headers }) => {
    files ??= readContracts(directory);
    const file = files.get(http.path);
    if (file === undefined) {
      throw new OrderlyError(
        'route_not_found',
        `No contract has the path ${http.path}. These exist: ${[...files.keys()].join(', ')}.`,
      );
    }
    const isGzip = acceptsGzip(headers['accept-encoding']);
    return {
      statusCode: 200,
      headers: {
        'content-type': file.contentType,
        'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
        vary: 'accept-encoding',
        ...(isGzip && { 'content-encoding': 'gzip' }),
      },
      ...(isGzip
        ? { body: compressed(file).toString('base64'), isBase64Encoded: true }
        : { body: file.text }),
    };
  });
}

function compressed(file: ContractFile): Buffer {
  file.gzip ??= gzipSync(file.text);
  return file.gzip;
}

/** Only these names are answered, so no path leaves the directory. */
function readContracts(directory: string): ReadonlyMap<string, ContractFile> {
  return new Map(
    folders.flatMap(({ folder, contentType }) =>
      readdirSync(join(directory, folder))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => [
          `/${folder}${folder && '/'}${name}`,
          { contentType, text: readFileSync(join(directory, folder, name), 'utf8') },
        ]),
    ),
  );
}
