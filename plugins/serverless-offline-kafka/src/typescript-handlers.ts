import { createRequire } from 'node:module';

/**
 * Lets `serverless invoke local` find handlers in TypeScript: it looks for a handler's file with `require`,
 * which knows no `.ts` even where Node loads it.
 */
export function findTypeScriptHandlers(): void {
  const { extensions } = createRequire(import.meta.url);
  extensions['.ts'] ??= extensions['.js'];
}
