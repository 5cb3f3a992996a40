import { expect, test } from '@jest/globals';
import { coalesce } from '../../../lib/fulfilment/coalesce.ts';

test('items that arrive while the work is busy are processed together, one group at a time', async () => {
  const groups: number[][] = [];
  let atWork = 0;
  const add = coalesce<number>(async (items) => {
    atWork += 1;
    groups.push([...items]);
    expect(atWork).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atWork -= 1;
  });

  const first = add(1);
  await Promise.resolve();
  await Promise.resolve();
  const others = [add(2), add(3), add(4)];
  await Promise.all([first, ...others]);
  await add(5);

  expect(groups).toEqual([[1], [2, 3, 4], [5]]);
});

test('a failed group rejects only its own items, and the next group is processed', async () => {
  const add = coalesce<string>(async (items) => {
    if (items.includes('bad')) {
      throw new Error('rejected');
    }
  });

  const failed = Promise.allSettled([add('bad'), add('beside')]);
  const reasons = (await failed).map(({ status }) => status);

  expect(reasons).toEqual(['rejected', 'rejected']);
  await expect(add('good')).resolves.toBeUndefined();
});
