import { scopes } from '../lib/auth/principal.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { foreignIdField } from '../lib/orders/fields.ts';
import type { TokenRequest } from '../local/issuer.ts';

const DAY_MINUTES = 24 * 60;

/** @throws OrderlyError that says what to write instead */
export function readTokenOptions({
  subject = 'local',
  scope = scopes.join(' '),
  customer,
  minutes = '60',
}: Readonly<Record<string, string | undefined>>): TokenRequest {
  const unknown = scope.split(' ').find((word) => !scopes.some((known) => known === word));
  if (unknown !== undefined) {
    throw refusal(`--scope is ${scopes.join(' or ')}, or both in quotes; not "${scope}".`);
  }
  if (customer !== undefined && foreignIdField.safeParse(customer).data !== customer) {
    throw refusal('--customer is the id of a customer, 1 to 64 characters.');
  }
  if (!/^\d{1,4}$/.test(minutes) || Number(minutes) > DAY_MINUTES) {
    throw refusal(`--minutes is a whole number up to ${DAY_MINUTES}; not "${minutes}".`);
  }
  if (subject === '') {
    throw refusal('--subject must not be empty.');
  }
  return { subject, scope, customerId: customer, minutes: Number(minutes) };
}

const refusal = (message: string): OrderlyError => new OrderlyError('local_stack', message);
