import { readdirSync, readFileSync } from 'node:fs';
import type { APIGatewayProxyEventV2, MSKEvent } from 'aws-lambda';
import * as z from 'zod';

/** Loads the sample events and validates them against the exact formats of AWS. */

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const httpEvent = z.strictObject({
  version: z.literal('2.0'),
  routeKey: z.string(),
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string(),
  headers: z.record(z.string().lowercase(), z.string()),
  queryStringParameters: z.record(z.string(), z.string()).exactOptional(),
  requestContext: z.strictObject({
    accountId: z.string(),
    apiId: z.string(),
    domainName: z.string(),
    domainPrefix: z.string(),
    http: z.strictObject({
      method: z.enum(['GET', 'POST']),
      path: z.string(),
      protocol: z.literal('HTTP/1.1'),
      sourceIp: z.ipv4(),
      userAgent: z.string(),
    }),
    requestId: z.string(),
    routeKey: z.string(),
    stage: z.literal('$default'),
    time: z.string(),
    timeEpoch: z.int(),
  }),
  pathParameters: z.record(z.string(), z.string()).exactOptional(),
  body: z.string().exactOptional(),
  isBase64Encoded: z.boolean(),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html; null keys and values are absent. */
const kafkaEvent = z.strictObject({
  eventSource: z.literal('aws:kafka'),
  eventSourceArn: z.string().startsWith('arn:aws:kafka:'),
  bootstrapServers: z.string(),
  records: z.record(
    z.string(),
    z.array(
      z.strictObject({
        topic: z.string(),
        partition: z.int().nonnegative(),
        offset: z.int().nonnegative(),
        timestamp: z.int(),
        timestampType: z.enum(['CREATE_TIME', 'LOG_APPEND_TIME']),
        key: z.base64().exactOptional(),
        value: z.base64().exactOptional(),
        headers: z.array(z.record(z.string(), z.array(z.int().min(-128).max(127)))),
      }),
    ),
  ),
});

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const scheduledEvent = z.strictObject({
  version: z.literal('0'),
  id: z.uuid(),
  'detail-type': z.literal('Scheduled Event'),
  source: z.literal('aws.events'),
  account: z.string(),
  time: z.iso.datetime(),
  region: z.string(),
  resources: z.array(z.string().startsWith('arn:aws:events:')),
  detail: z.strictObject({}),
});

const names = readdirSync('events')
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

/** The files without `.json`: requests, batches (named after their topic) and scheduled events. */
export const httpEventNames: readonly string[] = names.filter(
  (name) => !/^(orders-|status-|scheduled)/.test(name),
);
export const kafkaEventNames: readonly string[] = names.filter((name) => name.startsWith('orders-'));
export const statusEventNames: readonly string[] = names.filter((name) => name.startsWith('status-'));
export const scheduledEventNames: readonly string[] = names.filter((name) => name.startsWith('scheduled'));

export function httpEventFile(name: string): APIGatewayProxyEventV2 {
  return httpEvent.parse(load(name));
}

export function kafkaEventFile(name: string): MSKEvent {
  return kafkaEvent.parse(load(name)) as MSKEvent; // the types lack tombstones and records without a key
}

export function scheduledEventFile(name: string): z.infer<typeof scheduledEvent> {
  return scheduledEvent.parse(load(name));
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));
}
