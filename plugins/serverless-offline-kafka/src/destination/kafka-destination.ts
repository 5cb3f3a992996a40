import { messageOf } from '../errors.ts';
import { createTopicProducer, type TopicMessage, type TopicProducer } from '../kafka/topic-producer.ts';
import { BoundedRequests } from './bounded-requests.ts';
import { destinationFailure } from './destination-failure.ts';
import { recordMessage } from './destination-record.ts';
import type { DestinationParts, DiscardedBatch, FailureDestination } from './failure-destination.ts';

/** Less than the default limit of a topic for one batch, 1 MiB. */
const REQUEST_BYTES = 900_000;

/** `kafka://<topic>`: a topic of the same cluster. It gets one message per record, with the record's key. */
export class KafkaDestination implements FailureDestination {
  readonly label: string;
  readonly #parts: DestinationParts;
  readonly #producer: TopicProducer;
  readonly #requests: BoundedRequests;

  constructor(topic: string, parts: DestinationParts) {
    this.label = `kafka://${topic}`;
    this.#parts = parts;
    this.#requests = new BoundedRequests(parts.requestTimeoutMs);
    this.#producer = createTopicProducer({ ...parts.cluster, log: parts.log }, topic);
  }

  async send(batch: DiscardedBatch): Promise<void> {
    const now = new Date();
    let messages: TopicMessage[] = [];
    let bytes = 0;
    for (const record of batch.records) {
      const value = recordMessage(batch, record, this.#parts, now);
      const size = Buffer.byteLength(value) + (record.key?.byteLength ?? 0);
      if (bytes > 0 && bytes + size > REQUEST_BYTES) {
        await this.#request(messages, bytes);
        messages = [];
        bytes = 0;
      }
      messages.push({ key: record.key, value });
      bytes += size;
    }
    await this.#request(messages, bytes);
  }

  async close(): Promise<void> {
    const closing = this.#requests.run(() => this.#producer.close());
    await Promise.allSettled([closing, this.#requests.close()]);
  }

  /**
   * Compresses a large request. Base64 enlarges a record, so a record at the limit of its own topic fits only when it is
   * compressed. It does not fit if the topic has `compression.type: uncompressed`.
   */
  async #request(messages: readonly TopicMessage[], bytes: number): Promise<void> {
    const form = bytes > REQUEST_BYTES ? 'gzip' : 'plain';
    try {
      await this.#requests.run(() => this.#producer.send(messages, form));
    } catch (cause) {
      throw destinationFailure(this.label, messageOf(cause), cause);
    }
  }
}
