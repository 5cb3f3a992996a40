/**
 * The usage of one order, with the source of each figure. docs/cost.md shows all of them: after a change, run `npm run
 * cost`.
 */
export interface Input {
  readonly value: number;
  readonly is: string;
  readonly because: string;
}

const input = (value: number, is: string, because: string): Input => ({ value, is, because });

export const inputs = {
  createMs: input(
    25,
    'ms of `create-order`',
    'assumed: measured 1.2 with one connection to `npm start` (2026-11-23); on AWS it has half a core, and two more zones acknowledge',
  ),
  bulkMs: input(
    200,
    'ms of `create-orders-bulk`, 1,000 orders',
    'assumed: measured 50 under `npm start` (2026-11-23)',
  ),
  readMs: input(10, 'ms of `get-order`', 'assumed: measured 3.3 for a page of 200 orders (2026-11-23)'),
  waitMs: input(
    600,
    'ms of `get-order` with `?wait=`',
    'the batching window of half a second, and the processing',
  ),
  coldShare: input(
    0.01,
    'share of cold starts',
    'typically less than 1 % ([AWS](https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase))',
  ),
  coldMs: input(
    500,
    'additional ms of a cold start',
    'assumed: measured 92 for `create-order`, from the start of Node to the first answer, and 27 more with IAM (2026-11-30). The INIT phase is billed since August 2025',
  ),
  singleBatch: input(
    20,
    'orders in a batch, sent one by one',
    'assumed: about 100 orders a second, a window of half a second, and pollers that share the partitions',
  ),
  singleBatchMs: input(
    30,
    'ms of `process-orders` for such a batch',
    'assumed: measured 10 for 100 orders, with their status events (2026-11-30); on AWS there are three round trips to another zone',
  ),
  aloneMs: input(
    20,
    'ms of `process-orders` for one order',
    'assumed: the round trips of the line above, and little else',
  ),
  bulkBatch: input(1000, 'orders in a batch, sent in bulk', '`ordersBatchSize`'),
  bulkBatchMs: input(
    150,
    'ms of `process-orders` for such a batch',
    'assumed: measured 68 with the status events (2026-11-30); on AWS it has half a core',
  ),
  logBytes: input(
    1450,
    'bytes of logs per invocation',
    "Orderly's line, of which the metrics are 420, API Gateway's line, and the three lines of Lambda",
  ),
  answerBytes: input(
    700,
    'bytes of an answer, one by one',
    'a 202 has 200 of JSON, and headers; a `GET` has a little more',
  ),
  bulkAnswerBytes: input(220, 'bytes of an answer per order, in bulk', 'measured: 212 of JSON'),
  recordBytes: input(650, 'bytes of an order in Kafka', 'its record of 300 to 400, and its status event'),
  secondEventBytes: input(300, 'bytes of the second status event, with a receiver', 'as the first one'),
  payloadBytes: input(
    800,
    'bytes of an order from Kafka to the function',
    'assumed: the mapping calls Lambda through NAT, with the record in base64 (`events/`: 550 to 830)',
  ),
  rowBytes: input(
    1200,
    'bytes of an order in PostgreSQL',
    'measured for 100,000 orders: 560 with indexes; plus the history of an order that changes, and reserve',
  ),
  databaseCpuMs: input(
    0.11,
    'ms of a database core per order',
    'measured: 1.7 per batch and 0.026 per order (2026-11-30), in batches of 20; in batches of 1,000 it is a quarter',
  ),
  databaseRequests: input(
    0.5,
    'I/O requests of an order',
    'assumed: 834 bytes of WAL ([decision 19](decisions/0019-first-history-entry-in-its-order.md)) in requests of 4 KB, two commits per batch, and some pages read',
  ),
  batchRequests: input(
    2,
    'I/O requests of each additional batch',
    'assumed: the WAL of its two commits, which smaller batches do not share',
  ),
  receiverMs: input(200, 'ms until a receiver answers', 'assumed'),
  fulfilMs: input(
    60,
    'ms of `fulfil-orders` besides the calls',
    'assumed: claims the attempts of a batch, and writes their results',
  ),
  receiverCpuMs: input(
    0.15,
    'additional ms of a database core, with a receiver',
    'assumed, as the next line',
  ),
  receiverRequests: input(
    1,
    'additional I/O requests, with a receiver',
    'assumed: an attempt is written, claimed and deleted; the order and its history are written again',
  ),
  callBytes: input(
    7000,
    'bytes to and from a receiver, per order',
    'assumed: each call has its own TLS handshake of about 5,000; in bulk it is less',
  ),
  callOutBytes: input(2000, 'bytes to the receiver, included above', 'assumed'),
} satisfies Record<string, Input>;
