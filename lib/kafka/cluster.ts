import { BrokerConnection, type BrokerConnectionOptions, type Leaders } from './broker-connection.ts';
import { firstToAnswer } from './first-to-answer.ts';
import { kafkaFailure } from './kafka-errors.ts';
import { listedBrokers, skipBroker } from './listed-brokers.ts';

/** The brokers of one cluster. Each has its own connection, so a failed broker does not affect the others. */
export class Cluster {
  readonly #options: BrokerConnectionOptions;
  readonly #connections = new Map<string, BrokerConnection>();

  constructor(options: BrokerConnectionOptions) {
    this.#options = options;
  }

  /** Returns the connection to the broker at host:port. */
  connection(address: string): BrokerConnection {
    const connection = this.#connections.get(address) ?? new BrokerConnection(address, this.#options);
    this.#connections.set(address, connection);
    return connection;
  }

  /**
   * Returns the leaders of a topic's partitions. Asks connected brokers first, then the others, until one answers. `signal`
   * ends the connections that wait. @throws what a request to a broker throws, also when the topic does not exist
   */
  async leaders(topic: string, signal: AbortSignal): Promise<Leaders> {
    const known = [...this.#connections.keys()];
    const connected = known.filter((address) => this.connection(address).isConnected);
    const candidates = new Set([...connected, ...listedBrokers(this.#options.brokers), ...known]);
    const request = (address: string, over: AbortSignal): Promise<Leaders | ErrorResponse> =>
      this.#request(address, topic, over);
    const response = await firstToAnswer([...candidates], request, signal);
    if (response instanceof ErrorResponse) {
      throw response.error;
    }
    return response;
  }

  async disconnect(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.disconnect()));
  }

  /** Rejects if the broker did not answer. */
  async #request(address: string, topic: string, over: AbortSignal): Promise<Leaders | ErrorResponse> {
    try {
      return await this.connection(address).leaders(topic, over);
    } catch (error) {
      if (kafkaFailure(error) !== 'reconnect') {
        return new ErrorResponse(error);
      }
      skipBroker(address, this.#options.brokers);
      throw error;
    }
  }
}

/** An error that every broker of the cluster would return. */
class ErrorResponse {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
