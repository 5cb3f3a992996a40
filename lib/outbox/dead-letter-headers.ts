import * as z from 'zod';
import { deadLetterCodes } from '../orders/command.ts';

const wholeNumber = z.string().regex(/^(0|[1-9][0-9]*)$/);

/**
 * The headers of a message on the topic `orders.dlq`, which follow those of the record. Code that runs imports only the
 * type.
 */
export const deadLetterHeadersSchema = z.object({
  'dead-letter-topic': z.string(),
  'dead-letter-partition': wholeNumber,
  'dead-letter-offset': wholeNumber,
  'dead-letter-code': z.enum(deadLetterCodes).meta({ 'x-open-values': true }),
  'dead-letter-message': z.string(),
  'dead-letter-attempts': wholeNumber,
  'dead-letter-at': z.iso.datetime({ precision: 3 }),
});

export type DeadLetterHeaders = Readonly<z.infer<typeof deadLetterHeadersSchema>>;
