import type { ThreadModules } from './serverless-offline-internals.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly functionKey: string;
  readonly functionName: string;
  readonly handler: string;
  readonly servicePath: string;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
  readonly modules: ThreadModules;
}

/** To the thread. The event stays JSON: it is cheaper to send as text, and each invocation parses its own. */
export interface ThreadRequest {
  readonly requestId: string;
  readonly event: string;
}

/** From the thread: `loaded` or `unloadable` once, then one of the others for each request. */
export type ThreadResponse =
  | { readonly type: 'loaded' }
  | { readonly type: 'load-failed'; readonly error: ThrownError }
  | { readonly type: 'succeeded'; readonly requestId: string; readonly answer: string }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: ThrownError }
  | { readonly type: 'invalid-response'; readonly requestId: string; readonly error: ThrownError };

/** Whatever a function has thrown, as text: an error may hold what cannot be sent. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}
