/**
 * Sets the theme of the page: the reader's choice, otherwise that of the system. Runs before the first paint, so that the
 * page does not change its colours while it loads.
 */

const STORAGE_KEY = 'orderly-theme';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
let choice = storedChoice();

function apply(): void {
  const isDark = choice === 'system' ? systemIsDark.matches : choice === 'dark';
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

/** A browser that stores nothing for this site throws on access. */
function storedChoice(): string {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? 'system';
  } catch {
    return 'system';
  }
}

function choose(theme: string): void {
  choice = theme;
  apply();
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // the choice lasts until the page is closed
  }
}

apply();
systemIsDark.addEventListener('change', apply);
addEventListener('DOMContentLoaded', () => {
  const select = document.querySelector('#theme');
  if (select instanceof HTMLSelectElement) {
    select.value = choice;
    select.addEventListener('change', () => choose(select.value));
  }
});
