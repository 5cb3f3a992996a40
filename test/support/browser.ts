import { existsSync } from 'node:fs';
import { afterAll, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where Linux and macOS install Chromium and Chrome. */
const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
].find((path) => existsSync(path));

/** A test that needs Chromium. Without one it is skipped, with the reason in its title. */
export const testInBrowser: (title: string, run: () => Promise<void>) => void =
  executablePath === undefined
    ? (title, run) => test.skip(`${title} (skipped: neither Chromium nor Chrome is installed)`, run)
    : (title, run) => test(title, run);

export interface BrowserPage extends AsyncDisposable {
  readonly page: Page;
  /** Everything that a page must not do: errors, warnings, requests to another origin, violations of its security policy. */
  faults(): readonly string[];
}

/** Only for a page that hangs: on a busy machine the reference page needs half a minute. */
const PAGE_TIMEOUT_MS = 120_000;

let launched: Promise<Browser> | undefined;

/** Starts the browser of a test file. It has no sandbox for root. */
const launch = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
  });

afterAll(async () => (await launched)?.close());

/** Opens a page without cookies and stored values of other pages. */
export async function openPage(url: string, theme: 'light' | 'dark' = 'light'): Promise<BrowserPage> {
  launched ??= launch();
  const page = await (await launched).newPage({ colorScheme: theme, viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(PAGE_TIMEOUT_MS);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      faults.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) {
      faults.push(`request to ${origin}`);
    }
  });
  await page.exposeFunction('reportViolation', (violation: string) => faults.push(`violation: ${violation}`));
  await page.addInitScript({
    content:
      'addEventListener("securitypolicyviolation", (event) => reportViolation(event.violatedDirective + " " + event.blockedURI))',
  });
  await page.goto(url);
  return { page, faults: () => faults, [Symbol.asyncDispose]: () => page.close() };
}
