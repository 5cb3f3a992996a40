import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Security, TlsSettings } from '../../src/kafka/cluster-settings.ts';
import { committedOffsets, startingOffsets } from '../../src/kafka/group-offsets.ts';
import { accessTo, type BrokerAccess } from '../support/broker-access.ts';
import { joinReading, leaveGroups } from '../support/group-member.ts';
import { uniqueName } from '../support/kafka.ts';
import { waitForGroups } from '../support/kafka-cluster.ts';
import { aLog } from '../support/log.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import {
  certificate,
  type Listener,
  type SecuredBroker,
  startSecuredBroker,
  USER,
} from '../support/secured-broker.ts';
import { until } from '../support/until.ts';

const AUTHORITY: TlsSettings = { ca: certificate('authority') };
const CLIENT: TlsSettings = {
  ...AUTHORITY,
  certificate: certificate('client'),
  privateKey: certificate('client.key'),
};
const scram512 = { mechanism: 'scram-sha-512', ...USER } as const;
const scram256 = { mechanism: 'scram-sha-256', ...USER } as const;
const plain = { mechanism: 'plain', ...USER } as const;

/** The promise is a second. kafkajs alone retries such an error for longer than this bound. */
const PROMPT_MS = 5_000;

let broker: SecuredBroker;
let access: BrokerAccess;

beforeAll(async () => {
  broker = await startSecuredBroker();
  access = accessTo(broker.address('open'));
  await waitForGroups([broker.address('open')]);
});

afterEach(leaveGroups);
afterEach(stopMappings);

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

const settings = (listener: Listener, security: Security) => ({
  bootstrapServers: broker.address(listener),
  security,
  sessionTimeoutMs: 6_000,
  log: aLog().log,
});

describe('a mapping’s client reads and commits', () => {
  test.each<[string, Listener, Security]>([
    ['in plaintext', 'open', {}],
    ['by TLS', 'tls', { tls: AUTHORITY }],
    ['by mTLS', 'mutual_tls', { tls: CLIENT }],
    [
      'by mTLS with an encrypted key',
      'mutual_tls',
      { tls: { ...CLIENT, privateKey: certificate('client.encrypted-key'), passphrase: 'open-sesame' } },
    ],
    ['by SCRAM-SHA-512', 'sasl', { sasl: scram512 }],
    ['by SCRAM-SHA-256', 'sasl', { sasl: scram256 }],
    ['by PLAIN', 'sasl', { sasl: plain }],
    ['by SCRAM-SHA-512 over TLS', 'sasl_tls', { tls: AUTHORITY, sasl: scram512 }],
    ['by SCRAM-SHA-256 over TLS', 'sasl_tls', { tls: AUTHORITY, sasl: scram256 }],
    ['by PLAIN over TLS', 'sasl_tls', { tls: AUTHORITY, sasl: plain }],
  ])('%s', async (_, listener, security) => {
    const topic = await access.createTopic(uniqueName());
    await access.send(topic, [{ value: 'one' }]);
    const target = { bootstrapServers: broker.address(listener), security };

    const starts = await startingOffsets(settings(listener, security), topic, { type: 'LATEST' });
    const { member, records } = await joinReading(topic, target);
    await until('it reads', () => records.length === 1, 40_000);
    await member.commit(0, 1);
    const committed = await committedOffsets(
      settings(listener, security),
      topic,
      `${topic}-group`,
      new Map(),
    );

    expect(starts.offsets).toEqual(new Map([[0, 1]]));
    expect(committed).toEqual(new Map([[0, 1]]));
  });
});

describe('a security error is reported within a second, in one line', () => {
  const wrong = { username: USER.username, password: 'wrong' };

  test.each<[string, Listener, Security, string, RegExp]>([
    ['a broker that requires TLS', 'tls', {}, 'tls_failed', /requires TLS on this port; set `protocol: SSL`/],
    [
      'a broker that requires TLS, with SASL',
      'sasl_tls',
      { sasl: scram512 },
      'tls_failed',
      /requires TLS on this port; set `protocol: SASL_SSL`/,
    ],
    ['a broker without TLS', 'open', { tls: AUTHORITY }, 'tls_failed', /does not use TLS on this port/],
    [
      'an unknown authority',
      'tls',
      { tls: {} },
      'tls_failed',
      /untrusted certificate \(self-signed .*set `ca`/,
    ],
    [
      'another authority',
      'tls',
      { tls: { ca: certificate('other-authority') } },
      'tls_failed',
      /untrusted certificate \(self-signed/,
    ],
    [
      'a certificate for another host',
      'for_another_host',
      { tls: AUTHORITY },
      'tls_failed',
      /for another host/,
    ],
    ['an expired certificate', 'expired', { tls: AUTHORITY }, 'tls_failed', /certificate has expired/],
    [
      'a missing client certificate',
      'mutual_tls',
      { tls: AUTHORITY },
      'tls_failed',
      /requires a client certificate .*set `certificate` and `privateKey`/,
    ],
    [
      'a rejected client certificate',
      'mutual_tls',
      {
        tls: { ...AUTHORITY, certificate: certificate('stranger'), privateKey: certificate('stranger.key') },
      },
      'tls_failed',
      /rejects the client certificate/,
    ],
    [
      'a wrong passphrase',
      'mutual_tls',
      { tls: { ...CLIENT, privateKey: certificate('client.encrypted-key'), passphrase: 'wrong' } },
      'tls_failed',
      /are not valid \(.*bad decrypt\)/,
    ],
    [
      'a private key of another certificate',
      'mutual_tls',
      { tls: { ...CLIENT, privateKey: certificate('stranger.key') } },
      'tls_failed',
      /are not valid \(.*mismatch\)/,
    ],
    [
      'a broker that requires SASL',
      'sasl',
      {},
      'authentication_failed',
      /closes the connection of a client that does not authenticate; set `sasl`/,
    ],
    [
      'a broker that requires SASL over TLS',
      'sasl_tls',
      { tls: AUTHORITY },
      'authentication_failed',
      /does not authenticate; set `sasl`/,
    ],
    [
      'a broker without SASL',
      'open',
      { sasl: scram512 },
      'authentication_failed',
      /does not use SASL on this port/,
    ],
    [
      'a mechanism that the broker does not support',
      'scram_512_only',
      { sasl: plain },
      'authentication_failed',
      /does not support SASL PLAIN/,
    ],
    ...(['plain', 'scram-sha-256', 'scram-sha-512'] as const).map(
      (mechanism): [string, Listener, Security, string, RegExp] => [
        `a wrong password by ${mechanism}`,
        'sasl_tls',
        { tls: AUTHORITY, sasl: { mechanism, ...wrong } },
        'authentication_failed',
        new RegExp(`rejects the user orders with SASL ${mechanism.toUpperCase()} \\(.*; check username`),
      ],
    ),
  ])('%s', async (_, listener, security, code, message) => {
    const beginMs = performance.now();
    const reading = startingOffsets(settings(listener, security), uniqueName(), { type: 'LATEST' });

    const error = await reading.then(
      () => undefined,
      (thrown) => thrown,
    );
    const tookMs = performance.now() - beginMs;

    expect(error).toMatchObject({ name: 'EventSourceError', code, message: expect.stringMatching(message) });
    expect(error.message).toContain(broker.address(listener));
    expect(error.message).not.toContain('\n');
    expect(tookMs).toBeLessThan(PROMPT_MS);
  });
});

describe('a mapping with a wrong password', () => {
  test('reports it once within a second, retries, and does not delay other mappings', async () => {
    const topic = await access.createTopic(uniqueName());
    await access.send(topic, [{ value: 'one' }]);
    const sasl = { ...scram512, password: 'wrong' };

    const beginMs = performance.now();
    const rejected = startMapping({ topic, cluster: settings('sasl_tls', { tls: AUTHORITY, sasl }) });
    const other = startMapping({ topic, cluster: settings('mutual_tls', { tls: CLIENT }) });
    await until('it is reported', () => rejected.lines.length > 0);
    const warnedMs = performance.now() - beginMs;
    await until('the other mapping delivers', () => other.delivered(0).length === 1);
    await until('it has retried several times', () => performance.now() - beginMs > 2_500);

    expect(warnedMs).toBeLessThan(PROMPT_MS);
    expect(rejected.lines).toEqual([
      expect.stringMatching(/^warning .*rejects the user orders with SASL SCRAM-SHA-512 .*; retrying$/),
    ]);
  });
});
