import { usageError } from '../cli/command.ts';
import { scopes } from '../lib/auth/principal.ts';
import { foreignIdField } from '../lib/orders/fields.ts';
import type { TokenRequest } from '../local/issuer.ts';

const DAY_MINUTES = 24 * 60;

/** @throws OrderlyError with the correct form */
export function readTokenOptions({
  subject = 'local',
  scope = scopes.join(' '),
  customer,
  minutes = '60',
}: Readonly<Record<string, string | undefined>>): TokenRequest {
  const unknown = scope.split(' ').find((word) => !scopes.some((known) => known === word));
  if (unknown !== undefined) {
    throw usageError(`--scope is ${scopes.join(' or ')}, or several in quotes; not "${scope}".`);
  }
  if (customer !== undefined && foreignIdField.safeParse(customer).data !== customer) {
    throw usageError('--customer is a customer id of 1 to 64 characters.');
  }
  if (!/^\d{1,4}$/.test(minutes) || Number(minutes) > DAY_MINUTES) {
    throw usageError(`--minutes is a whole number up to ${DAY_MINUTES}; not "${minutes}".`);
  }
  if (subject === '') {
    throw usageError('--subject must not be empty.');
  }
  return { subject, scope, customerId: customer, minutes: Number(minutes) };
}
