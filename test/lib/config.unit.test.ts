import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../lib/config.ts';
import { SECRET } from '../support/fulfilment-receiver.ts';

const servers = { KAFKA_BROKERS: 'one:9092', DATABASE_URL: 'postgresql://me@db/orders' };
const URL = 'https://fulfilment.example/orders';

describe('readConfig', () => {
  test.each([{}, { FULFILMENT_URL: '', FULFILMENT_SECRET: '' }, { FULFILMENT_SECRET: SECRET }])(
    'there is no receiver without a URL: %j',
    (env) => {
      expect(readConfig({ ...servers, ...env }).fulfilment).toBeUndefined();
    },
  );

  test('a receiver has a URL and a secret', () => {
    const { fulfilment } = readConfig({ ...servers, FULFILMENT_URL: URL, FULFILMENT_SECRET: SECRET });

    expect(fulfilment).toEqual({ url: URL, secret: SECRET });
  });

  test.each([
    [{ FULFILMENT_URL: URL }, 'FULFILMENT_SECRET is missing'],
    [{ FULFILMENT_URL: URL, FULFILMENT_SECRET: '' }, 'FULFILMENT_SECRET is missing'],
    [{ FULFILMENT_URL: URL, FULFILMENT_SECRET: 'whsec_c2hvcnQ=' }, 'FULFILMENT_SECRET must be whsec_'],
    [{ FULFILMENT_URL: URL, FULFILMENT_SECRET: 'secret' }, 'FULFILMENT_SECRET must be whsec_'],
    [{ FULFILMENT_URL: 'file:///etc/passwd', FULFILMENT_SECRET: SECRET }, 'FULFILMENT_URL must be http'],
    [{ FULFILMENT_URL: 'fulfilment.example', FULFILMENT_SECRET: SECRET }, 'FULFILMENT_URL must be http'],
  ])('%j is refused, and the message shows no secret', (env, problem) => {
    const read = () => readConfig({ ...servers, ...env });

    expect(read).toThrow(problem);
    expect(read).not.toThrow(/c2hvcnQ/);
  });
});
