/** The members that this file uses of kafkajs' connection to a broker. It can connect again after it was closed. */
export interface Connection {
  readonly connectionTimeout: number;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect(): Promise<unknown>;
}

/** A response begins with its size, an int32. */
const SIZE_BYTES = 4;

/**
 * Returns kafkajs' `connect` without two defects. After a close in the middle of a response, kafkajs treats the received
 * bytes as the start of the next response and never reads a response again. Concurrent requests on a closed connection each
 * open a socket, and kafkajs reads the responses of all sockets as one stream.
 */
export function connectFromStart(connect: Connection['connect']): Connection['connect'] {
  const attempts = new WeakMap<Connection, { readonly result: Promise<unknown>; readonly endsAt: number }>();
  return function (this: Connection): Promise<unknown> {
    if (this.isConnected()) {
      return Promise.resolve(true);
    }
    const current = attempts.get(this);
    if (current !== undefined && performance.now() < current.endsAt) {
      return current.result;
    }
    this.chunks = [];
    this.bytesBuffered = 0;
    this.bytesNeeded = SIZE_BYTES;
    const result = connect.call(this).finally(() => attempts.delete(this));
    // kafkajs' promise stays pending when the broker closes the socket before it is connected.
    attempts.set(this, { result, endsAt: performance.now() + this.connectionTimeout });
    return result;
  };
}
