import { createRequire } from 'node:module';
import { isNativeError } from 'node:util/types';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { EventSourceError } from '../errors.ts';
import { BoundedRequests } from './bounded-requests.ts';
import { destinationFailure } from './destination-failure.ts';
import { batchMessage } from './destination-record.ts';
import type { DestinationParts, DiscardedBatch, FailureDestination } from './failure-destination.ts';

const SQS_CLIENT = '@aws-sdk/client-sqs';

/** @throws EventSourceError `invalid_configuration`, with the package to install */
export function assertSqsClientInstalled(): void {
  try {
    createRequire(import.meta.url).resolve(SQS_CLIENT);
  } catch (cause) {
    throw new EventSourceError(
      'invalid_configuration',
      `an SQS queue as an on-failure destination needs the client of the AWS SDK: npm install ${SQS_CLIENT}`,
      { cause },
    );
  }
}

const ATTEMPTS = 2;

/** A standard SQS queue. It gets one message per batch. */
export class SqsDestination implements FailureDestination {
  readonly label: string;
  readonly #queue: QueueName;
  readonly #parts: DestinationParts;
  readonly #requests: BoundedRequests;
  #client: Promise<SQSClient> | undefined;
  #queueUrl: string | undefined;

  constructor(queueArn: string, parts: DestinationParts) {
    this.#queue = queueName(queueArn);
    this.label = `sqs:${this.#queue.name}`;
    this.#parts = parts;
    this.#requests = new BoundedRequests(parts.requestTimeoutMs);
    if (
      parts.sqsEndpoint === undefined &&
      !process.env.AWS_ENDPOINT_URL_SQS &&
      !process.env.AWS_ENDPOINT_URL
    ) {
      parts.log.warning(
        `${this.label}: no sqsEndpoint is set, so failed batches go to the real queue on AWS (${queueArn})`,
      );
    }
  }

  async send(batch: DiscardedBatch): Promise<void> {
    const body = batchMessage(batch, this.#parts, new Date());
    try {
      await this.#requests.run((signal) => this.#deliver(body, signal));
    } catch (cause) {
      this.#queueUrl = undefined; // a restarted emulator can have another URL
      throw destinationFailure(this.label, reasonOf(cause, this.#parts.sqsEndpoint), cause);
    }
  }

  async close(): Promise<void> {
    await this.#requests.close();
    (await this.#client?.catch(() => undefined))?.destroy();
  }

  async #deliver(body: string, abortSignal: AbortSignal): Promise<void> {
    const { GetQueueUrlCommand, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    this.#client ??= createSqsClient(this.#queue.region, this.#parts.sqsEndpoint);
    const client = await this.#client;
    if (this.#queueUrl === undefined) {
      const { name, account } = this.#queue;
      const found = await client.send(
        new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
        { abortSignal },
      );
      this.#queueUrl = found.QueueUrl;
    }
    await client.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: body }), {
      abortSignal,
    });
  }
}

interface QueueName {
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

/** `arn:aws:sqs:<region>:<account>:<name>` */
function queueName(arn: string): QueueName {
  const [, , , region = '', account = '', name = ''] = arn.split(':');
  return { region, account, name };
}

/** An emulator does not check credentials, but the SDK sends no request without credentials. */
async function createSqsClient(region: string, endpoint: string | undefined): Promise<SQSClient> {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const isAnonymous = !process.env.AWS_ACCESS_KEY_ID && !process.env.AWS_PROFILE;
  return new SQSClient({
    region,
    maxAttempts: ATTEMPTS,
    ...(endpoint !== undefined && { endpoint }),
    ...(endpoint !== undefined &&
      isAnonymous && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  });
}

/** A connection error for `localhost` has only a code and no message, because it concerns two addresses. */
function reasonOf(error: unknown, endpoint: string | undefined): string {
  if (!isNativeError(error)) {
    return String(error);
  }
  if (error.name === 'QueueDoesNotExist') {
    return 'the queue does not exist';
  }
  const reason = error.message || ('code' in error ? String(error.code) : error.name);
  const isUnavailable = endpoint !== undefined && /\b(ECONN|ENOTFOUND|EAI_)/.test(reason);
  return isUnavailable ? `${reason} (${endpoint} is set by sqsEndpoint)` : reason;
}
