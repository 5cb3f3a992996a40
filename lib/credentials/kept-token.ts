import type { Clock } from '../clock.ts';

/**
 * A token that is made once for all who ask at a time, and kept for `keptForMs`: new connections come in groups. It must
 * live longer than that by as much as a session is to last. One that could not be made is asked for again.
 */
export function keptToken<Token>(
  make: () => Promise<Token>,
  keptForMs: number,
  clock: Clock,
): { readonly token: () => Promise<Token>; readonly forget: () => void } {
  let kept: { readonly token: Promise<Token>; readonly until: number } | undefined;
  const forget = (): void => {
    kept = undefined;
  };
  return {
    forget,
    token: () => {
      if (kept === undefined || clock() >= kept.until) {
        const token = make();
        kept = { token, until: clock() + keptForMs };
        token.catch(forget);
      }
      return kept.token;
    },
  };
}
