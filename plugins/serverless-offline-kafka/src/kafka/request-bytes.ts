import type net from 'node:net';

/** Calls `listener` with each request that is written to a socket. kafkajs writes a request with one call. */
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

/** Returns the API key of a request: two bytes after its size. https://kafka.apache.org/protocol#protocol_api_keys */
export function apiKeyOf(request: Buffer): number | undefined {
  return request.length < 6 ? undefined : request.readInt16BE(4);
}
