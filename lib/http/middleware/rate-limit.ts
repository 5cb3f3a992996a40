import { anonymous, type Principal } from '../../auth/principal.ts';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { report } from '../../observability/observe.ts';
import { WINDOW_MS } from '../../rate-limits/permits.ts';
import type { RateLimiter } from '../../rate-limits/rate-limiter.ts';
import type { HttpMiddleware, HttpRequest } from '../http-function.ts';
import { addLogFields } from '../log-fields.ts';
import { addResponseHeaders } from './response-headers.ts';

/** The name of the policy in the headers. */
const POLICY = '"orders"';

/**
 * Rejects a request with 429 when its principal has used the limit of this minute, and adds the headers of
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/. If `limiter` returns `undefined`, there is no
 * limit. `costOf` returns the permits that a request takes; it runs after the body is parsed and before it is validated.
 */
export function rateLimit(
  limiter: () => RateLimiter | undefined,
  principalOf: (request: HttpRequest) => Principal,
  costOf: (request: HttpRequest) => number,
): HttpMiddleware {
  return {
    before: async ({ event }) => {
      const current = limiter();
      if (current === undefined) {
        return;
      }
      const { limit } = current;
      const cost = costOf(event);
      addResponseHeaders(event, { 'ratelimit-policy': `${POLICY};q=${limit};w=${WINDOW_MS / 1_000}` });
      if (cost > limit) {
        throw tooManyOrders(limit);
      }
      const verdict = await current.check(accountOf(principalOf(event), event), cost);
      if (verdict.outcome === 'unchecked') {
        addLogFields(event, { rate_limit: 'unchecked' });
        return;
      }
      const { outcome, remaining, resetSeconds } = verdict;
      addResponseHeaders(event, { ratelimit: `${POLICY};r=${remaining};t=${resetSeconds}` });
      if (outcome === 'rejected') {
        report('permits.exhausted', { limit });
        addResponseHeaders(event, { 'retry-after': `${resetSeconds}` });
        throw new OrderlyError(
          'rate_limited',
          `The limit is ${limit} orders or requests a minute, of which ${remaining} are left; this request needs ${cost}. Send it again in ${resetSeconds} s.`,
          { details: { limit, remaining } },
        );
      }
    },
  };
}

/** An open API has no principals, so each source address has its own limit. The id of a principal is never an address. */
const accountOf = ({ id }: Principal, { requestContext }: HttpRequest): string =>
  id === anonymous.id ? requestContext.http.sourceIp : id;

/** Waiting would not help, so this is not a 429. */
function tooManyOrders(limit: number): OrderlyError {
  return new OrderlyError(
    'validation_failed',
    `The request has more orders than the limit of ${limit} a minute. Send at most ${limit} orders in one request.`,
    { details: { max_orders: limit, errors: [{ path: '', message: `must have at most ${limit} orders` }] } },
  );
}
