/** The error codes of the event source. The errors of a function are the cause of `function_failed`. */
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

/** An error of the event source. `message` is one line for the log, `cause` is the original error. */
export class EventSourceError extends Error {
  override readonly name = 'EventSourceError';
  readonly code: EventSourceErrorCode;

  constructor(code: EventSourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Returns the message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
