import type { ThreadModules } from './serverless-offline-internals.ts';

/** The worker data of a thread. */
export interface ThreadData {
  readonly functionKey: string;
  readonly functionName: string;
  readonly handler: string;
  readonly servicePath: string;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
  readonly modules: ThreadModules;
}

/** A message to the thread. The event is JSON, because text is cheaper to send than an object. */
export interface ThreadRequest {
  readonly requestId: string;
  readonly event: string;
}

/** A message from the thread: `loaded` or `load-failed` once, then one of the others for each request. */
export type ThreadResponse =
  | { readonly type: 'loaded' }
  | { readonly type: 'load-failed'; readonly error: ThrownError }
  | { readonly type: 'succeeded'; readonly requestId: string; readonly payload: string }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: ThrownError }
  | { readonly type: 'invalid-response'; readonly requestId: string; readonly error: ThrownError };

/** A thrown value as text, because an error can contain values that cannot be sent. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}
