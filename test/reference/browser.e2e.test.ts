import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import * as z from 'zod';
import { openPage, testInBrowser } from '../support/browser.ts';
import { sharedStart } from '../support/npm-start.ts';
import { tryOut } from '../support/reference-page.ts';

const acceptedSchema = z.object({ order_id: z.string() });

let url: string;

beforeAll(async () => {
  url = `${(await sharedStart()).apiUrl}/docs`;
});

const backgroundOf = (page: Page): Promise<unknown> =>
  page.evaluate('getComputedStyle(document.body).backgroundColor');

describe.each(['light', 'dark'] as const)('the page in the %s theme', (theme) => {
  testInBrowser('sends an order that completes', async () => {
    await using browser = await openPage(url, theme);

    const created = await tryOut(browser.page, 'createOrder');
    const { order_id } = acceptedSchema.parse(created.body);
    const read = await tryOut(browser.page, 'getOrder', { order_id, wait: '20' });

    expect([created.status, read.status]).toEqual([202, 200]);
    expect(read.body).toMatchObject({ order_id, status: 'COMPLETED' });
    expect(browser.faults()).toEqual([]);
  });

  testInBrowser(
    'has no text with a contrast below 4.5 to 1, also in an open operation and in the schemas',
    async () => {
      await using browser = await openPage(url, theme);
      await tryOut(browser.page, 'createOrder');
      await browser.page.getByRole('button', { name: 'Schemas', exact: true }).click();
      await browser.page.getByRole('button', { name: 'Expand all' }).first().click();

      expect(await browser.page.evaluate(readFileSync('test/support/low-contrasts.js', 'utf8'))).toEqual([]);
    },
  );
});

testInBrowser('a link to an operation opens it', async () => {
  await using browser = await openPage(`${url}#/Orders/cancelOrder`);

  await browser.page.locator('#operations-Orders-cancelOrder').getByText('Parameters').waitFor();

  expect(browser.faults()).toEqual([]);
});

testInBrowser(
  'the theme that a reader chooses overrides that of the system, also after a reload',
  async () => {
    await using browser = await openPage(url, 'light');
    const { page } = browser;
    const light = await backgroundOf(page);

    await page.getByLabel('Theme').selectOption('Dark');
    const dark = await backgroundOf(page);
    await page.reload();
    const reloaded = await backgroundOf(page);
    await page.getByLabel('Theme').selectOption('System');

    expect(dark).not.toEqual(light);
    expect(reloaded).toEqual(dark);
    expect(await backgroundOf(page)).toEqual(light);
  },
);

testInBrowser('the keyboard alone reaches an operation and sends its request', async () => {
  await using browser = await openPage(url);
  const { page } = browser;
  const operation = page.locator('#operations-Service-health');
  await operation.waitFor();

  await tabTo(page, operation.locator('.opblock-summary-control'));
  await page.keyboard.press('Enter');
  await tabTo(page, operation.getByRole('button', { name: 'Try it out' }));
  await page.keyboard.press('Enter');
  await tabTo(page, operation.getByRole('button', { name: 'Execute' }));
  await page.keyboard.press('Enter');

  await operation.locator('.live-responses-table').getByText('"healthy"').waitFor();
});

const MOST_STOPS = 100;

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await element.waitFor();
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    await page.keyboard.press('Tab');
    if (await element.evaluate((node) => node.matches(':focus'))) {
      return;
    }
  }
  throw new Error(`${MOST_STOPS} presses of Tab do not reach ${element}.`);
}
