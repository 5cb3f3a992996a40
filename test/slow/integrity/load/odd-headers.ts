/** Headers in the format of kafkajs. An array is a repeated header. */
export type Headers = Readonly<Record<string, string | Buffer | (string | Buffer)[]>>;

/** Unusual headers, by a name for people. `id` is the id of an order, or the key of a poison record. */
export const oddHeaders = {
  'names of Object.prototype': (id: string): Headers =>
    Object.fromEntries(Object.getOwnPropertyNames(Object.prototype).map((name) => [name, [name, id, '']])),
  'thousands of headers': (id: string): Headers =>
    Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`header-${index}`, id])),
  'an event id shared with a cancel': (id: string): Headers => ({ 'event-id': `shared by ${id}` }),
  'an empty event id': (): Headers => ({ 'event-id': '' }),
  'an event id that is not UTF-8': (): Headers => ({ 'event-id': Buffer.from([0xff]) }),
  'another event id that is not UTF-8': (): Headers => ({ 'event-id': Buffer.from([0xfe]) }),
  'one event id for many orders': (): Headers => ({ 'event-id': 'always the same' }),
} as const;

export type OddHeaders = keyof typeof oddHeaders;
