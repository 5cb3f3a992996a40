import { expect, jest, test } from '@jest/globals';
import { observe, report } from '../../../lib/observability/observe.ts';

process.env.STAGE = 'prod'; // read once, with the first event

const request = (path: string, work: () => Promise<void>): Promise<void> =>
  observe(
    'request.answered',
    {
      requestId: 'request-1',
      method: 'GET',
      path,
      route: 'GET /',
      orderId: undefined,
      traceparent: undefined,
    },
    work,
    () => ({ status: 200, fields: {} }),
  );

test('a fact outside of every invocation is written at once, also after an event that could not be published', async () => {
  const lines: string[] = [];
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  await observe(
    'outbox.relayed',
    { requestId: 'request-1' },
    async () => undefined,
    () => {
      throw new Error('no report');
    },
  );

  report('permits.exhausted', { limit: 1 });

  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({ RateLimitedRequests: 1 }),
  ]);
});

test('the metrics of a request are written when it ends, also while another request runs in the process', async () => {
  const lines: string[] = [];
  const collect = (line: unknown): void => void lines.push(String(line));
  jest.spyOn(console, 'info').mockImplementation(collect);
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    collect(line);
    return true;
  });
  const { promise: longWait, resolve: endWait } = Promise.withResolvers<void>();

  const long = request('/long', () => longWait);
  await request('/short', async () => report('permits.exhausted', { limit: 1 }));
  const written = lines.splice(0).map((line): unknown => JSON.parse(line));
  endWait();
  await long;

  expect(written).toEqual([
    expect.objectContaining({
      message: 'GET /short 200',
      RateLimitedRequests: 1,
      RequestDuration: expect.any(Number),
    }),
  ]);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({ message: 'GET /long 200', RequestDuration: expect.any(Number) }),
  ]);
});
