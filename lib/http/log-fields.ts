import type { LogFields } from '../observability/logs/logger.ts';
import type { HttpRequest } from './http-function.ts';

const addedFields = new WeakMap<object, LogFields>();

/** Adds fields to the log line of a request. */
export function addLogFields(request: HttpRequest, fields: LogFields): void {
  addedFields.set(request, { ...addedFields.get(request), ...fields });
}

/** Returns the fields that were added to the log line of a request. */
export const addedLogFields = (request: HttpRequest): LogFields => addedFields.get(request) ?? {};
