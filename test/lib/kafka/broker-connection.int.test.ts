import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BrokerConnection } from '../../../lib/kafka/broker-connection.ts';
import { OutgoingRecord } from '../../../lib/kafka/protocol/record-batch.ts';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import { freshTopic, testBrokers } from '../../support/kafka.ts';

const [broker = ''] = testBrokers();
const record = new OutgoingRecord({ key: null, value: 'x', headers: [] });
const never = new AbortController().signal;

let gate: AnswerGate;
let connection: BrokerConnection;

beforeEach(async () => {
  gate = await startAnswerGate();
  const options = { brokers: testBrokers(), clientId: 'broker-connection-test', requestTimeoutMs: 5_000 };
  connection = new BrokerConnection(gate.address, options);
});
afterEach(() => {
  connection.drop();
  gate.close();
});

test('a request that ends early closes the connection: the broker may be frozen', async () => {
  const topic = await freshTopic(1);
  await connection.leaders(topic, never);
  gate.pass(0);
  const ending = new AbortController();

  const request = connection.leaders(topic, ending.signal);
  ending.abort(new Error('ended'));

  await expect(request).rejects.toThrow('ended');
  expect(connection.isConnected).toBe(false);
});

test('a request that ends early keeps the connection if the broker has answered meanwhile', async () => {
  const topic = await freshTopic(1);
  await connection.leaders(topic, never);
  gate.pass(1);
  const ending = new AbortController();

  const answered = connection.leaders(topic, never);
  const slow = connection.produce(topic, [{ partition: 0, records: [record] }], 5_000, ending.signal);
  const ended = expect(slow).rejects.toThrow('ended');
  await answered; // the broker answers one request after the other
  ending.abort(new Error('ended'));

  await ended;
  expect(connection.isConnected).toBe(true);
  gate.pass(Number.POSITIVE_INFINITY);
  await expect(connection.leaders(topic, never)).resolves.toEqual([broker]);
});

interface AnswerGate {
  readonly address: string;
  /** Passes on this number of answers of the broker, and keeps the later ones. */
  pass(answers: number): void;
  close(): void;
}

/** Starts a proxy of the broker for one connection. Every answer begins with its length in four bytes. */
async function startAnswerGate(): Promise<AnswerGate> {
  const [host, port] = broker.split(':');
  let allowed = Number.POSITIVE_INFINITY;
  let kept = Buffer.alloc(0);
  let client: net.Socket | undefined;
  const passAllowed = (): void => {
    while (allowed > 0 && kept.length >= 4 && kept.length >= 4 + kept.readInt32BE()) {
      const end = 4 + kept.readInt32BE();
      client?.write(kept.subarray(0, end));
      kept = kept.subarray(end);
      allowed -= 1;
    }
  };
  const server = net.createServer((socket) => {
    client = socket;
    const upstream = net.connect(Number(port), host);
    upstream.on('data', (piece) => {
      kept = Buffer.concat([kept, piece]);
      passAllowed();
    });
    socket.pipe(upstream);
    for (const end of [socket, upstream]) {
      end.on('error', () => undefined);
    }
    socket.once('close', () => upstream.destroy());
  });
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  return {
    address: `${LOCAL_HOST}:${Object(server.address()).port}`,
    pass: (answers) => {
      allowed = answers;
      passAllowed();
    },
    close: () => void server.close(),
  };
}
