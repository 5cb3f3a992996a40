/** The part of `fetch` that the client uses, so that another transport can replace it. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

export interface FetchInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly redirect: 'manual';
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface RetryOptions {
  /** The most requests of one call. 1: no retry. Default: 4. */
  readonly attempts?: number | undefined;
  /** The pause after attempt n is random, at most `baseMs` × 2ⁿ⁻¹. Default: 200. */
  readonly baseMs?: number | undefined;
  /** The longest such pause. The server's `Retry-After` adds to it. Default: 10,000. */
  readonly maxPauseMs?: number | undefined;
}

export interface ClientOptions {
  /** The API: `https://orders.example.invalid`. In a browser `''` is the page's origin. */
  readonly baseUrl: string;
  /** The bearer token, or a function that returns it. The function is called before each request. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** For a call with its retries and pauses. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
  /** For one request. The seconds of a long poll come on top. Default: 10,000. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}

export interface CallOptions {
  /** Aborts the call. The error has the code `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Overrides the client's `timeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters without a comma; for `createMany` to 240. Default: a random UUID. The retries of a call have the same key.
   * `false` sends no key; then the write is not retried, because it could take effect twice.
   */
  readonly idempotencyKey?: string | false | undefined;
}

export interface CreateManyOptions extends WriteOptions {
  /** The most requests at a time. Default: 4. */
  readonly concurrency?: number | undefined;
}

export interface GetOptions extends CallOptions {
  /** The server answers when the order has an end status, or after this time: 0 to 20. Default: 0. */
  readonly waitSeconds?: number | undefined;
}

export interface WaitOptions {
  /** The only bound of the waiting: `AbortSignal.timeout(60_000)`. */
  readonly signal?: AbortSignal | undefined;
  /** How long the order may be unknown, because an order that was just accepted is not stored yet. Default: 30,000. */
  readonly unknownForMs?: number | undefined;
}
