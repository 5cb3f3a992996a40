import type { Clock } from '../time/clock.ts';

export interface CachedToken<Token> {
  /** Rejects as `make` does. */
  readonly token: () => Promise<Token>;
  /** Has a new one made next time, if this is the one that is kept; without a token, whichever is. */
  readonly forget: (token?: Token) => void;
}

/**
 * A token that is made once for all who ask at a time, and kept for `keptForMs`: new connections come in groups. It must
 * live longer than that by as much as a session is to last. `make` may set an earlier end of keeping it. One that could
 * not be made is asked for again.
 */
export function cachedToken<Token>(
  make: (notBeyond: (time: number) => void) => Promise<Token>,
  keptForMs: number,
  clock: Clock,
): CachedToken<Token> {
  interface Kept {
    readonly token: Promise<Token>;
    readonly isOver: () => boolean;
    made?: Token;
  }
  let kept: Kept | undefined;

  const keepNew = (): Kept => {
    let until = clock() + keptForMs;
    const token = make((time) => {
      until = Math.min(until, time);
    });
    const entry: Kept = { token, isOver: () => clock() >= until };
    token.then(
      (made) => {
        entry.made = made;
      },
      () => {
        kept = kept === entry ? undefined : kept;
      },
    );
    return entry;
  };

  return {
    token: () => {
      if (kept === undefined || kept.isOver()) {
        kept = keepNew();
      }
      return kept.token;
    },
    forget: (token) => {
      if (token === undefined || kept?.made === token) {
        kept = undefined;
      }
    },
  };
}
