import { recycleIdle } from '../aws/recycle-idle.ts';
import { systemClock } from '../time/clock.ts';
import { retryWithNewToken } from './authentication-failed.ts';
import { CONNECT_TIMEOUT_MS, type KafkaClientOptions } from './client.ts';
import { kafkaFailure } from './kafka-errors.ts';
import {
  apiKeys,
  Broker,
  ConnectionPool,
  errors,
  type ProtocolRequest,
  protocol,
} from './kafkajs/one-broker.ts';
import { addressOf } from './listed-brokers.ts';
import type { Compression } from './protocol/compression.ts';
import {
  decodeProduceResponse,
  encodeProduceRequest,
  type PartitionRecords,
  PRODUCE_VERSION,
} from './protocol/produce.ts';
import { createSockets, type Sockets } from './sockets.ts';

/** The result for the messages of one partition. */
export type Produced =
  | { readonly partition: number; readonly baseOffset: bigint }
  | { readonly partition: number; readonly error: unknown };

/** host:port of the leader of each partition; undefined without a leader. */
export type Leaders = readonly (string | undefined)[];

export interface BrokerConnectionOptions extends KafkaClientOptions {
  /** Default: none. */
  readonly compression?: Compression;
}

interface Open {
  readonly broker: Broker;
  readonly pool: ConnectionPool;
  readonly sockets: Sockets;
  /** Shared by all concurrent requests: with kafkajs each request would wait for the previous one. */
  connecting: Promise<void> | undefined;
}

const silent = { namespace: () => silent, debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * The connection to one broker. Connects with the first request, and again after the connection broke or was idle for
 * more than a minute. Requests throw kafkajs' errors, or an OrderlyError when authentication fails; a rejected login is
 * retried once, with a new token. A request ends at once when its signal aborts. If no other request is in flight and the
 * broker has not answered since, the connection ends too, because the broker may be frozen.
 */
export class BrokerConnection {
  readonly #address: string;
  readonly #options: BrokerConnectionOptions;
  readonly #use = recycleIdle(() => this.drop(), systemClock);
  #open: Open | undefined;
  #pending = 0;
  /** `performance.now()` of the last answer. */
  #answeredAt = 0;

  constructor(address: string, options: BrokerConnectionOptions) {
    this.#address = address;
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#open?.broker.isConnected() ?? false;
  }

  /** Returns the leaders of a topic's partitions that this broker knows. @throws also when the topic does not exist */
  async leaders(topic: string, signal: AbortSignal): Promise<Leaders> {
    const { brokers, topicMetadata } = await this.#request(
      ({ broker }) =>
        broker.lookupRequest(
          apiKeys.Metadata,
          protocol.requests.Metadata,
        )({ topics: [topic], allowAutoTopicCreation: false }),
      signal,
    );
    const { topicErrorCode = 0, partitionMetadata = [] } = topicMetadata[0] ?? {};
    if (topicErrorCode !== 0) {
      throw errors.createErrorFromCode(topicErrorCode);
    }
    const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]));
    return partitionMetadata
      .toSorted((a, b) => a.partitionId - b.partitionId)
      .map(({ leader }) => addresses.get(leader));
  }

  /**
   * Sends one request. All in-sync replicas acknowledge it within `timeoutMs`, else the broker answers with an error.
   */
  async produce(
    topic: string,
    partitions: readonly PartitionRecords[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Produced[]> {
    const answers = await this.#request(
      () => ({
        request: {
          apiKey: apiKeys.Produce,
          apiVersion: PRODUCE_VERSION,
          apiName: 'Produce',
          encode: async () => {
            const { compression = 'none' } = this.#options;
            const buffer = encodeProduceRequest(topic, partitions, timeoutMs, Date.now(), compression);
            return { buf: buffer, buffer };
          },
        },
        response: {
          decode: async (bytes) => {
            const { partitions: decoded, throttleMs } = decodeProduceResponse(bytes);
            return { decoded, clientSideThrottleTime: throttleMs };
          },
          parse: async (decoded) => decoded,
        },
      }),
      signal,
    );
    return answers.decoded.map(({ partition, errorCode, baseOffset }) =>
      errorCode === 0
        ? { partition, baseOffset }
        : { partition, error: errors.createErrorFromCode(errorCode) },
    );
  }

  /** Closes the connection at once; requests in flight fail. */
  drop(): void {
    this.#open?.sockets.destroy();
    this.#open = undefined;
  }

  /** Disconnects as kafkajs does: waits for the requests in flight. */
  async disconnect(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.broker.disconnect();
    open?.sockets.destroy();
  }

  async #request<Decoded>(
    make: (open: Open) => ProtocolRequest<Decoded>,
    signal: AbortSignal,
  ): Promise<Decoded> {
    signal.throwIfAborted();
    const { promise: abandoned, reject } = Promise.withResolvers<never>();
    const startedAt = performance.now();
    let isPending = true;
    this.#pending += 1;
    const leave = (): void => {
      this.#pending -= isPending ? 1 : 0;
      isPending = false;
    };
    const abandon = (): void => {
      leave();
      if (this.#pending === 0 && this.#answeredAt < startedAt) {
        this.drop();
      }
      reject(signal.reason);
    };
    signal.addEventListener('abort', abandon);
    try {
      return await Promise.race([this.#use(() => retryWithNewToken(() => this.#send(make))), abandoned]);
    } finally {
      signal.removeEventListener('abort', abandon);
      leave();
    }
  }

  async #send<Decoded>(make: (open: Open) => ProtocolRequest<Decoded>): Promise<Decoded> {
    this.#open ??= this.#connect();
    const open = this.#open;
    try {
      if (!open.broker.isConnected()) {
        open.connecting ??= open.broker.connect().finally(() => {
          open.connecting = undefined;
        });
        await open.connecting;
      }
      const { request, response } = make(open);
      // Not kafkajs' parser: it fails the whole response when one partition failed.
      const answer = await open.pool.send({
        request,
        response: { ...response, parse: async (decoded) => decoded },
      });
      this.#answeredAt = performance.now();
      return answer;
    } catch (error) {
      const reason = open.sockets.reasonOf(error);
      if (['reconnect', 'authentication_failed'].includes(kafkaFailure(reason))) {
        open.sockets.destroy();
        if (this.#open === open) {
          this.#open = undefined;
        }
      }
      throw reason;
    }
  }

  #connect(): Open {
    const { clientId, requestTimeoutMs, security } = this.#options;
    const sockets = createSockets(security);
    const pool = new ConnectionPool({
      ...addressOf(this.#address),
      clientId,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      logger: silent,
      ...sockets.settings,
    });
    return {
      sockets,
      pool,
      connecting: undefined,
      broker: new Broker({ connectionPool: pool, logger: silent, allowAutoTopicCreation: false }),
    };
  }
}

function ignore(): undefined {
  return undefined;
}
