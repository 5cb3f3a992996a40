import kafkajs from 'kafkajs';
// @ts-expect-error kafkajs has no types of its inner modules
import runnerClass from 'kafkajs/src/consumer/runner.js';
// @ts-expect-error see above
import connectionClass from 'kafkajs/src/network/connection.js';
// @ts-expect-error see above
import requestQueueClass from 'kafkajs/src/network/requestQueue/index.js';
// @ts-expect-error see above
import fetchResponseModule from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import { type Connection, connectFromStart } from './connection.ts';
import { zstdCodec } from './decompress.ts';
import { decodeFetchResponse } from './fetch-response.ts';
import { type RequestQueue, scheduleCheckPendingRequests } from './request-queue.ts';
import { fetchUntilStopped, type Runner } from './runner.ts';

/*
 * The only import of kafkajs. Replaces defective functions of kafkajs 2.2.4 (2023, the last release) for every
 * client of the process; see docs/decisions/0010-kafkajs-patched.md. The imports of internal modules are static, so that
 * esbuild bundles them. The package of the local event source has identical copies of the files that it uses.
 */

const connection: Connection = connectionClass.prototype;
const requestQueue: RequestQueue = requestQueueClass.prototype;
const runner: Runner = runnerClass.prototype;
const fetchResponse: { decode: typeof decodeFetchResponse } = fetchResponseModule;

if (
  typeof connection.connect !== 'function' ||
  typeof requestQueue.scheduleCheckPendingRequests !== 'function' ||
  typeof runner.fetch !== 'function' ||
  typeof fetchResponse.decode !== 'function'
) {
  throw new Error(
    'The internal modules of this kafkajs differ from 2.2.4, the version that these fixes are for: install 2.2.4.',
  );
}
connection.connect = connectFromStart(connection.connect);
requestQueue.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
runner.fetch = fetchUntilStopped(runner.fetch);
fetchResponse.decode = decodeFetchResponse;
if (zstdCodec !== undefined) {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => zstdCodec;
}

export { kafkajs };
