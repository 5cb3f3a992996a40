/**
 * Hides the box of routes, which serverless-offline prints with `console.log` and which fills a screen. Returns a function
 * that restores `console.log`.
 */
export function hideRoutes(): () => void {
  const { log } = console;
  console.log = (...values) => {
    if (!`${values[0]}`.includes('┌')) {
      log(...values);
    }
  };
  return () => {
    console.log = log;
  };
}
