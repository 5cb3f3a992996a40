import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { hasErrorCode } from '../../cli/error-code.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** The limit of a body as sent, and after decompression. */
export const MAX_BODY_BYTES = 4 * 1024 ** 2;

/** The maximum number of nested arrays and objects. Parsers of protobuf allow 100 nested messages by default. */
const MAX_DEPTH = 100;

/**
 * Returns the JSON value of a body, which may be compressed with gzip.
 * @throws OrderlyError `unsupported_media_type`, `payload_too_large` or `malformed_json`
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new OrderlyError(
      'unsupported_media_type',
      `The content type must be application/json (OTLP/JSON): set OTEL_EXPORTER_OTLP_PROTOCOL=http/json in the sender.`,
    );
  }
  const text = (await decompress(request, await readBytes(request))).toString();
  const value = parseJson(text);
  if (isTooDeep(value, MAX_DEPTH)) {
    throw new OrderlyError(
      'malformed_json',
      `The JSON has more than ${MAX_DEPTH} levels of nested arrays and objects.`,
    );
  }
  return value;
}

/** Reads a body to its end, also above the limit: a client that is still sending would not read the answer. */
async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  if (length > MAX_BODY_BYTES) {
    throw tooLarge();
  }
  return Buffer.concat(chunks);
}

async function decompress({ headers }: IncomingMessage, body: Buffer): Promise<Buffer> {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') {
    return body;
  }
  if (encoding !== 'gzip') {
    throw new OrderlyError('unsupported_media_type', 'The content encoding must be gzip, or absent.');
  }
  try {
    return await promisify(gunzip)(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (cause) {
    throw hasErrorCode(cause, 'ERR_BUFFER_TOO_LARGE')
      ? tooLarge()
      : new OrderlyError('malformed_json', 'The body is not valid gzip.', { cause });
  }
}

const tooLarge = (): OrderlyError =>
  new OrderlyError(
    'payload_too_large',
    `The body has more than ${MAX_BODY_BYTES / 1024 ** 2} MiB: send fewer spans at once.`,
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OrderlyError('malformed_json', 'The body is not valid JSON.', { cause });
  }
}

/** Recursive functions, such as JSON.stringify, would exceed the stack. */
function isTooDeep(value: unknown, levels: number): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1)))
  );
}
