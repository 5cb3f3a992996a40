/** What can go wrong in the event source, apart from what a function throws itself. */
export type EventSourceErrorCode =
  | 'invalid_configuration'
  | 'tls_failed'
  | 'authentication_failed'
  | 'brokers_unreachable'
  | 'topic_not_found'
  | 'topic_deleted'
  | 'destination_refused'
  | 'destination_unreachable'
  | 'consumer_stopped'
  | 'unreadable_records'
  | 'function_failed'
  | 'function_timed_out'
  | 'function_crashed'
  | 'invalid_answer'
  | 'invocation_failed';

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
