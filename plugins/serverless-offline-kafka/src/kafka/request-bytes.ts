import type net from 'node:net';

/** Calls `listener` with each request that is written to a socket. kafkajs writes a request in one piece. */
export function onRequest(socket: net.Socket, listener: (request: Buffer) => void): void {
  socket.write = new Proxy(socket.write, {
    apply: (write, self, args) => {
      const [request] = args;
      if (Buffer.isBuffer(request)) {
        listener(request);
      }
      return Reflect.apply(write, self, args);
    },
  });
}

/**
 * What a request asks for: two bytes behind the four of its length. See
 * https://kafka.apache.org/protocol#protocol_api_keys
 */
export function apiKeyOf(request: Buffer): number | undefined {
  return request.length < 6 ? undefined : request.readInt16BE(4);
}
