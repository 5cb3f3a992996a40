/** The parts of kafkajs 2.2.4 below its public interface that Orderly uses; see docs/decisions/0011-produce-by-leader.md. */

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { ISocketFactory, Mechanism, SASLOptions } from 'kafkajs';

  export interface ProtocolRequest<Decoded> {
    readonly request: object;
    readonly response: {
      decode(payload: Buffer): Promise<Decoded>;
      parse(decoded: Decoded): Promise<Decoded>;
    };
  }

  export default class ConnectionPool {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      socketFactory: ISocketFactory;
      sasl?: SASLOptions | Mechanism;
      logger: object;
    });
    send<Decoded>(request: ProtocolRequest<Decoded>): Promise<Decoded>;
  }
}

declare module 'kafkajs/src/broker/index.js' {
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js';
  import type { ProtocolRequest } from 'kafkajs/src/network/connectionPool.js';
  import type { Definition } from 'kafkajs/src/protocol/requests/index.js';

  export default class Broker {
    constructor(options: { connectionPool: ConnectionPool; logger: object; allowAutoTopicCreation: boolean });
    isConnected(): boolean;
    /** Connects, requests the broker's versions and authenticates, unless it is connected. */
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    /** Returns a request in the newest version that both sides support. Only after `connect`. */
    lookupRequest<Input, Decoded>(
      apiKey: number,
      definition: Definition<Input, Decoded>,
    ): (input: Input) => ProtocolRequest<Decoded>;
  }
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: { readonly Produce: number; readonly Metadata: number };
  export default apiKeys;
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  import type { BrokerMetadata } from 'kafkajs';

  /** Carries only its type parameters: the arguments of a request, and its decoded response. */
  export interface Definition<Input, Decoded> {
    protocol(options: { version: number }): (input: Input) => {
      request: object;
      response: { decode(payload: Buffer): Promise<Decoded> };
    };
  }

  interface MetadataInput {
    topics: string[];
    allowAutoTopicCreation: boolean;
  }

  const protocol: {
    /** Builds requests in the newest version that both sides support. */
    lookup(
      brokerVersions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>,
    ): <Input, Decoded>(
      apiKey: number,
      definition: Definition<Input, Decoded>,
    ) => (input: Input) => { readonly request: { readonly apiVersion: number } };
    readonly requests: {
      readonly Metadata: Definition<MetadataInput, BrokerMetadata>;
    };
  };
  export default protocol;
}

declare module 'kafkajs/src/protocol/error.js' {
  import type { KafkaJSProtocolError } from 'kafkajs';

  const errors: { createErrorFromCode(code: number): KafkaJSProtocolError };
  export default errors;
}
