import kafkajs from 'kafkajs';
// @ts-expect-error kafkajs has no types of its inner modules
import connectionClass from 'kafkajs/src/network/connection.js';
// @ts-expect-error see above
import requestQueueClass from 'kafkajs/src/network/requestQueue/index.js';
// @ts-expect-error see above
import fetchResponseModule from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import { type Connection, connectFromStart } from './connection.ts';
import { zstdCodec } from './decompress.ts';
import { decodeFetchResponse } from './fetch-response.ts';
import { type RequestQueue, scheduleCheckPendingRequests } from './request-queue.ts';

/*
 * The only import of kafkajs. It replaces what is broken in kafkajs 2.2.4, which has had no release since 2023, for every
 * client of the process; see docs/decisions/0010-kafkajs-mended.md. The imports of inner modules are static so that esbuild
 * bundles them. The folder exists twice, byte for byte: for the functions, and in the package of the local event source, which
 * leaves out what it does not use.
 */

const connection: Connection = connectionClass.prototype;
const requestQueue: RequestQueue = requestQueueClass.prototype;
const fetchResponse: { decode: typeof decodeFetchResponse } = fetchResponseModule;

if (
  typeof connection.connect !== 'function' ||
  typeof requestQueue.scheduleCheckPendingRequests !== 'function' ||
  typeof fetchResponse.decode !== 'function'
) {
  throw new Error(
    'This kafkajs has other inner modules than 2.2.4, which is what gets mended: install 2.2.4.',
  );
}
connection.connect = connectFromStart(connection.connect);
requestQueue.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
fetchResponse.decode = decodeFetchResponse;
if (zstdCodec !== undefined) {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => zstdCodec;
}

export { kafkajs };
