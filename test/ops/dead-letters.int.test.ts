import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { keepExhausted, keepLetter, letterState } from '../support/dead-letters.ts';
import { testBrokers } from '../support/kafka.ts';
import { ensureOrdersTopic, readOrders } from '../support/orders-topic.ts';
import { type Ended, runCommand } from '../support/script-command.ts';

const at = Date.parse('2026-11-01T10:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  await ensureOrdersTopic();
  db = await freshDatabase();
});
beforeEach(async () => {
  await db.database.query('TRUNCATE orders, fulfilment_attempts, dead_letters, outbox, audit_log');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const deadLetters = (line: string, elsewhere: Record<string, string> = {}): Promise<Ended> =>
  runCommand('dead-letters', line.split(' '), {
    DATABASE_URL: db.url,
    KAFKA_BROKERS: `${testBrokers()}`,
    ...elsewhere,
  });

const keep = (parts: Parameters<typeof keepLetter>[1] = {}) => keepLetter(db.database, { at, ...parts });

describe('npm run dead-letters', () => {
  test('list shows the open letters, or those that match the filters, as a table or as JSON', async () => {
    const id = await keep({ partition: 2, offset: 5, key: Buffer.from('a\u001b[2J') });
    const other = await keep({ key: Buffer.from('b'), code: 'order_unknown', message: 'no such order' });

    const table = await deadLetters('list');
    const json = await deadLetters('list --code order_unknown --json');
    const none = await deadLetters('list --state discarded');

    expect(table).toMatchObject({ exitCode: 0, err: '' });
    expect(table.out.split('\n').map((line) => line.split('\t'))).toMatchObject([
      ['ID', 'STATE', 'REJECTIONS', 'CODE', 'CHANGED', 'RECORD', 'KEY', 'MESSAGE'],
      [other, 'open', '1', 'order_unknown', '2026-11-01T10:00:00.000Z', {}, 'b', 'no such order'],
      [id, 'open', '1', 'not_json', {}, 'orders/2@5', 'a\\u001b[2J', 'the value is not JSON'],
      [''],
    ]);
    expect(JSON.parse(json.out)).toMatchObject({ id: other, code: 'order_unknown', key: 'b' });
    expect(none).toEqual({ exitCode: 0, out: '', err: 'No discarded dead letter matches.\n' });
  });

  test('list reports when more letters match', async () => {
    await keep();
    await keep();

    const { out, err } = await deadLetters('list --limit 1');

    expect(out.trim().split('\n')).toHaveLength(2);
    expect(err).toMatch(/^There are more/);
  });

  test('show prints a letter with its record, with --json every byte of it', async () => {
    const value = Buffer.alloc(900_000, 'v');
    const id = await keep({ value });

    const shown = await deadLetters(`show ${id}`);
    const json = await deadLetters(`show ${id} --json`);

    expect(shown).toMatchObject({ exitCode: 0, out: expect.stringContaining('  code      not_json\n') });
    expect(shown.out.length).toBeLessThan(5_000);
    expect(JSON.parse(json.out)).toMatchObject({ id, value: value.toString() });
  });

  test('redrive sends a letter with all letters of its key at once, and lists the additional letters', async () => {
    const key = Buffer.from(randomUUID());
    const first = await keep({ key, value: Buffer.from('1') });
    const second = await keep({ key, value: Buffer.from('2') });

    const { exitCode, out } = await deadLetters(`redrive ${second}`);

    expect(exitCode).toBe(0);
    expect(out).toBe(
      `Redrove 2 letters: ${first}, ${second}; with the same key: ${first}\nKafka has acknowledged all of them.\n`,
    );
    expect((await readOrders(key.toString())).map(({ value }) => value)).toEqual(['1', '2']);
    expect(await deadLetters(`show ${first}`)).toMatchObject({
      out: expect.stringMatching(/ {2}action {4}\S+ redriven by cli:\S+\n/),
    });
  });

  test('redrive without Kafka reports that the relay will publish, and succeeds', async () => {
    const id = await keep();

    const { exitCode, out } = await deadLetters(`redrive ${id}`, { KAFKA_BROKERS: '127.0.0.1:1' });

    expect(exitCode).toBe(0);
    expect(out).toContain('the relay publishes the rest');
    expect(await letterState(db.database, id)).toBe('redriven');
  });

  test('redrive names each letter that stays unchanged, with the reason, and exits with 1', async () => {
    const id = await keepExhausted(db.database, randomUUID(), 2);
    await db.database.query(`UPDATE orders SET status = 'COMPLETED', version = 3`);

    const { exitCode, out } = await deadLetters(`redrive ${id} 999999`);

    expect(exitCode).toBe(1);
    expect(out).toContain('Redrove nothing: no open letter matches\n');
    expect(out).toContain(
      `Letter ${id} stays unchanged: its order is no longer FAILED with exhausted attempts`,
    );
    expect(out).toContain('Letter 999999 stays unchanged: there is no such letter\n');
    expect(await letterState(db.database, id)).toBe('open');
  });

  test('discard by id asks no question, and by a filter requires --yes without a terminal', async () => {
    const [first, second] = [await keep(), await keep()];

    const byId = await deadLetters(`discard ${first}`);
    const asked = await deadLetters('discard --all');
    const stateThen = await letterState(db.database, second);
    const sure = await deadLetters('discard --all --reason test --yes');

    expect(byId).toEqual({ exitCode: 0, out: `Discarded 1 letter: ${first}\n`, err: '' });
    expect(asked).toMatchObject({ exitCode: 1, err: expect.stringContaining('needs --yes') });
    expect(stateThen).toBe('open');
    expect(sure).toMatchObject({ exitCode: 0, out: `Discarded 1 letter: ${second}\n` });
  });

  test.each<[string, string, Record<string, string>, RegExp]>([
    [
      'PostgreSQL away',
      'list',
      { DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/orderly' },
      /^PostgreSQL does not answer at 127\.0\.0\.1:1: start it with "npm start" or .*, or set DATABASE_URL\.\n$/,
    ],
    ['an unknown id', 'show 999999', {}, /^There is no dead letter 999999: .*\n$/],
    ['no command', 'order-1', {}, /^Use list, show, redrive or discard: .*\n$/],
    ['an unknown option', 'list --nope', {}, /^Unknown option '--nope'\. See --help\.\n$/],
  ])('%s gives one line and exit code 1', async (_, line, elsewhere, expected) => {
    const { exitCode, out, err } = await deadLetters(line, elsewhere);

    expect(exitCode).toBe(1);
    expect(err).toMatch(expected);
    expect(out).toBe('');
  });
});
