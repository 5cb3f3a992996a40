import { expect, test } from '@jest/globals';
import { letterIdentity } from '../../../../lib/orders/command.ts';
import { decodeCommand } from '../../../../lib/orders/decode-command.ts';
import { eventIdOf } from '../../../../lib/orders/ids.ts';
import { aRecord } from '../../../support/records.ts';
import type { Headers } from './odd-headers.ts';
import { poisonCodes, poisonKinds, poisonMessages } from './poison.ts';

const listOf = (headers: Headers) =>
  Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, Buffer.from(value)] as const),
  );

const recordsOf = (kind: (typeof poisonKinds)[number]) =>
  poisonMessages(kind, 'poison-00001').map(({ value, headers }, offset) =>
    aRecord({ value, headers: listOf(headers), offset }),
  );

test.each(poisonKinds)(
  'each record that is “%s” cannot be decoded, gives the code that the checker expects, and becomes its own dead letter',
  (kind) => {
    const records = recordsOf(kind);
    const identities = new Set(
      records.map((record) => letterIdentity({ eventId: eventIdOf(record), record })),
    );

    expect(identities.size).toBe(records.length);
    for (const record of records) {
      expect(decodeCommand(record)).toMatchObject({ ok: false, deadLetter: { code: poisonCodes[kind] } });
    }
  },
);

test('the list has every kind', () => {
  expect(poisonKinds).toEqual(Object.keys(poisonCodes));
});

test('the oversize record just fits into the limit of a broker, and the others are small', () => {
  const sizes = poisonKinds.map((kind) => [kind, recordsOf(kind)[0]?.value?.length ?? 0] as const);

  expect(sizes.filter(([, bytes]) => bytes > 1_000).map(([kind]) => kind)).toEqual(['oversize']);
  expect(new Map(sizes).get('oversize')).toBeGreaterThan(1_000_000);
  expect(new Map(sizes).get('oversize')).toBeLessThan(1_048_000);
});
