import type { Page } from 'playwright-core';

interface LiveResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Opens an operation of the reference page, fills in its parameters, sends the request and returns the shown response. */
export async function tryOut(
  page: Page,
  operation: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<LiveResponse> {
  const block = page.locator(`#operations-Orders-${operation}`);
  await block.locator('.opblock-summary-control').click();
  await block.getByRole('button', { name: 'Try it out' }).click();
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await block.getByRole('button', { name: 'Execute' }).click();
  const response = block.locator('.live-responses-table .response');
  return {
    status: Number.parseInt(await response.locator('.response-col_status').innerText(), 10),
    body: JSON.parse(await response.locator('.highlight-code pre').innerText()),
  };
}
