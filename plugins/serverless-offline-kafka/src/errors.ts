/** What can go wrong in the event source, apart from what a function throws itself. */
export type EventSourceErrorCode =
  | 'invalid_configuration'
  | 'topic_not_found'
  | 'consumer_stopped'
  | 'function_timed_out';

/** A failure of the event source. `message` is for the person at the terminal; the reason is the `cause`. */
export class EventSourceError extends Error {
  override readonly name = 'EventSourceError';
  readonly code: EventSourceErrorCode;

  constructor(code: EventSourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
