import { expect, test } from '@jest/globals';
import { decodeCommand } from '../../../lib/orders/decode-command.ts';
import { aRecord } from '../../support/records.ts';
import { poisonCodes, poisonKinds, poisonMessage } from './poison.ts';

test.each(poisonKinds)(
  'a record that is “%s” cannot be decoded, with the code that the checker expects',
  (kind) => {
    const { value, headers } = poisonMessage(kind, 'poison-00001');

    const decoded = decodeCommand(
      aRecord({ value, headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]) }),
    );

    expect(decoded).toMatchObject({ ok: false, deadLetter: { code: poisonCodes[kind] } });
  },
);

test('the oversize one is just small enough for a broker, and the others are small', () => {
  const sizes = poisonKinds.map((kind) => [kind, poisonMessage(kind, 'poison-00001').value.length] as const);

  expect(sizes.filter(([, bytes]) => bytes > 1_000).map(([kind]) => kind)).toEqual(['oversize']);
  expect(new Map(sizes).get('oversize')).toBeGreaterThan(1_000_000);
  expect(new Map(sizes).get('oversize')).toBeLessThan(1_048_000);
});
