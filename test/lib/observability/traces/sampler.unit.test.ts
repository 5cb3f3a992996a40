import { describe, expect, test } from '@jest/globals';
import {
  createSampler,
  NEW_TRACES_PER_SECOND,
  READS_PER_SECOND,
} from '../../../../lib/observability/traces/sampler.ts';

const write = { method: 'POST', route: 'POST /api/orders' };
const read = { method: 'GET', route: 'GET /api/orders/{order_id}' };

const sampledOf = (count: number, sample: () => string | undefined): number =>
  Array.from({ length: count }, sample).filter((id) => id !== undefined).length;

test.each([0.5, 1, undefined])('with the ratio %s, every trace has its own id', (ratio) => {
  const sample = createSampler(ratio, () => 0);
  const ids = Array.from({ length: 20 }, () => sample(write)).filter((id) => id !== undefined);

  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[\da-f]{32}$/.test(id))).toBe(true);
});

describe.each([1, undefined])('with the ratio %s', (ratio) => {
  test.each([
    'POST /api/orders',
    'POST /api/orders/bulk',
    'GET /api/orders',
    'GET /api/orders/{order_id}',
    'POST /api/orders/{order_id}/cancel',
  ])('%s begins a trace', (route) => {
    const [method = ''] = route.split(' ');

    expect(createSampler(ratio, () => 0)({ method, route })).toBeDefined();
  });

  test.each([
    'GET /api/health',
    'GET /api/metrics',
    'GET /',
    'GET /docs',
    'GET /docs/{file}',
    'GET /openapi.json',
    'GET /schemas/{name}',
    'other',
  ])('%s begins none: it is not about an order', (route) => {
    expect(createSampler(ratio, () => 0)({ method: 'GET', route })).toBeUndefined();
  });
});

describe('with a ratio', () => {
  test.each([
    [0, 0, 0],
    [0.01, 20, 180],
    [0.5, 4_700, 5_300],
    [1, 10_000, 10_000],
  ])('%s of the new traces are sampled', (ratio, atLeast, atMost) => {
    const sample = createSampler(ratio, () => 0);

    const sampled = sampledOf(10_000, () => sample(read));

    expect(sampled).toBeGreaterThanOrEqual(atLeast);
    expect(sampled).toBeLessThanOrEqual(atMost);
  });

  test('the id decides, so that another service with this ratio decides alike', () => {
    const sample = createSampler(0.25, () => 0);
    const ids = Array.from({ length: 2_000 }, () => sample(write)).filter((id) => id !== undefined);

    expect(ids.length).toBeGreaterThan(300);
    for (const id of ids) {
      const random = BigInt(`0x${id.slice(-14)}`); // 56 bits, as in the specification

      expect(random).toBeGreaterThanOrEqual((3n << 56n) / 4n);
    }
  });
});

describe('without a ratio', () => {
  test(`at most ${NEW_TRACES_PER_SECOND} new traces are sampled in each second`, () => {
    let now = 999_999;
    const sample = createSampler(undefined, () => now);
    const inSecond = () =>
      sampledOf(500, () => {
        now += 1;
        return sample(write);
      });

    expect([inSecond() + inSecond(), inSecond() + inSecond()]).toEqual([20, 20]);
    now += 5_000;
    expect(sampledOf(5, () => sample(write))).toBe(5);
  });

  test(`at most ${READS_PER_SECOND} of them are reads, so that a client that polls leaves the others to writes`, () => {
    let now = 0;
    const sample = createSampler(undefined, () => now);
    const inSecond = () => [sampledOf(100, () => sample(read)), sampledOf(100, () => sample(write))];

    expect(inSecond()).toEqual([5, 15]);
    now += 1_000;
    expect(inSecond()).toEqual([5, 15]);
    now += 1_000;
    expect([sampledOf(18, () => sample(write)), ...inSecond()]).toEqual([18, 2, 0]);
  });

  test('a clock that is set back begins a new second', () => {
    let now = 10_000;
    const sample = createSampler(undefined, () => now);
    sampledOf(100, () => sample(write));
    now = 5_000;

    expect(sampledOf(100, () => sample(write))).toBe(NEW_TRACES_PER_SECOND);
  });
});
