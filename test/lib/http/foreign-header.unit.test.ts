import { expect, test } from '@jest/globals';
import { foreignHeader } from '../../../lib/http/foreign-header.ts';

test.each([
  {},
  { host: 'localhost' },
  { host: 'localhost:3000' },
  { host: 'LOCALHOST:3000' },
  { host: '127.0.0.1:3000' },
  { host: '[::1]:3000' },
  { host: 'shop.localhost:3000', origin: 'http://www.shop.localhost:5173' },
  { host: 'host.docker.internal:3000' },
  { host: '127.0.0.1:3000', origin: 'http://localhost:5173' },
  { host: '127.0.0.1:3000', origin: 'https://127.0.0.1' },
  { host: '127.0.0.1:3000', origin: 'http://[::1]:8080' },
])('a request with %j is from this machine', (headers) => {
  expect(foreignHeader(headers)).toBeUndefined();
});

test.each<[string, Record<string, string>]>([
  ['Host', { host: 'evil.example' }],
  ['Host', { host: 'evil.example:3000' }],
  ['Host', { host: 'localhost.evil.example:3000' }],
  ['Host', { host: '127.0.0.1.evil.example' }],
  ['Host', { host: 'evil-localhost:3000' }],
  ['Host', { host: 'evil.example/.localhost' }],
  ['Host', { host: 'host.docker.internal.evil.example' }],
  ['Host', { host: 'evil.internal:3000' }],
  ['Host', { host: '.localhost' }],
  ['Host', { host: 'localhost:3000,evil.example' }],
  ['Host', { host: '127.0.0.2:3000' }],
  ['Host', { host: '' }],
  ['Host', { host: 'evil.example', origin: 'http://localhost:3000' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'https://evil.example' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'http://localhost.evil.example:3000' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'http://localhost:3000@evil.example' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'null' }],
  ['Origin', { host: '127.0.0.1:3000', origin: '' }],
])('the header %s shows that a request is not from this machine: %j', (header, headers) => {
  expect(foreignHeader(headers)).toBe(header);
});
