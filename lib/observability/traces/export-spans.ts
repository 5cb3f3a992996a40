import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { AwsV4Signer } from 'aws4fetch';
import { type CredentialsProvider, currentCredentials } from '../../aws/aws-credentials.ts';
import { sendRequest } from '../../http-client/send-request.ts';

/** The maximum time that an answer waits for the export. */
export const EXPORT_TIMEOUT_MS = 1_000;

/** The answer of a collector is a few bytes. */
const MAX_ANSWER_BYTES = 65_536;

/** The spans that the collector rejected in an answer with status 200. */
export interface RejectedSpans {
  readonly spans: number;
  readonly reason: string;
}

const TRACES_PATH = '/v1/traces';

/** The endpoint of CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html */
const cloudWatchHost = /^xray\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/** Returns the region of an endpoint of CloudWatch; undefined for any other URL. */
export const cloudWatchRegion = (url: string): string | undefined =>
  cloudWatchHost.exec(URL.parse(url)?.hostname ?? '')?.[1];

/**
 * Sends spans as OTLP/HTTP JSON, within a second. A request to CloudWatch is signed.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @throws Error unless the collector has accepted the request. It may still have rejected some spans.
 */
export async function exportSpans(
  endpoint: string,
  spans: readonly ReadableSpan[],
  credentials: CredentialsProvider,
): Promise<RejectedSpans> {
  const json = serializeSpans(spans);
  const url = endpoint.replace(/\/*$/, TRACES_PATH);
  const { status, text } = await sendRequest(url, {
    method: 'POST',
    headers: await exportHeaders(url, json, credentials),
    body: json,
    timeoutMs: EXPORT_TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  if (status < 200 || status > 299) {
    throw new Error(`the collector answered ${status}: ${text.slice(0, 300)}`);
  }
  return rejectedSpans(text);
}

/** Returns spans as OTLP JSON. */
export const serializeSpans = (spans: readonly ReadableSpan[]): string =>
  Buffer.from(JsonTraceSerializer.serializeRequest([...spans]) ?? []).toString();

/** Returns the spans that the collector rejected. Some collectors answer 200 with another text: they accepted all spans. */
function rejectedSpans(answer: string): RejectedSpans {
  try {
    const { partialSuccess } = JsonTraceSerializer.deserializeResponse(Buffer.from(answer));
    return {
      spans: Number(partialSuccess?.rejectedSpans ?? 0),
      reason: partialSuccess?.errorMessage ?? '',
    };
  } catch {
    return { spans: 0, reason: '' };
  }
}

/** Returns the headers of an export: those of its content, and for CloudWatch the signature. */
export async function exportHeaders(
  url: string,
  body: string,
  credentials: CredentialsProvider,
): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json' };
  const region = cloudWatchRegion(url);
  if (region === undefined) {
    return headers;
  }
  const signer = new AwsV4Signer({
    ...(await currentCredentials(credentials)),
    method: 'POST',
    url,
    headers,
    body,
    service: 'xray',
    region,
  });
  return Object.fromEntries((await signer.sign()).headers);
}
