import type { Change, Verdicts } from './changes.ts';

/** Returns the verdicts of a registry with Confluent's API. */
export async function registryVerdicts(url: string, change: Change): Promise<Verdicts> {
  const subject = `${url}/subjects/${crypto.randomUUID()}`;
  await send('POST', `${subject}/versions`, registered(change.old));
  const check = async (compatibility: 'BACKWARD' | 'FORWARD'): Promise<string> => {
    await send('PUT', subject.replace('/subjects/', '/config/'), { compatibility });
    const path = subject.replace('/subjects/', '/compatibility/subjects/');
    const answer = await send('POST', `${path}/versions/latest`, registered(change.now));
    return answer.is_compatible === true ? 'compatible' : 'breaking';
  };
  return { backward: await check('BACKWARD'), forward: await check('FORWARD') };
}

/** Apicurio compares schemas up to draft 7 only. The kinds of change do not use what came later, except `$defs`. */
const registered = (schema: object): object => ({
  schemaType: 'JSON',
  schema: JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema }),
});

async function send(method: string, url: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  }
  const answer: unknown = JSON.parse(text);
  return typeof answer === 'object' && answer !== null ? { ...answer } : {};
}
