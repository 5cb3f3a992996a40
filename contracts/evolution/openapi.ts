import { type Finding, findingsOf, type Roles, roles } from './findings.ts';
import { differences } from './inclusion.ts';
import {
  type Content,
  type OpenApi,
  type Operation,
  type Parameter,
  type Requirement,
  type Response,
  readOpenApi,
} from './openapi-document.ts';

/** The released and the current document, and the operation or component that is compared. */
interface Comparison {
  readonly old: OpenApi;
  readonly now: OpenApi;
  readonly subject: string;
}

/** Returns the changes of the HTTP API that clients of the released document cannot take. */
export function openApiFindings(released: unknown, current: unknown): readonly Finding[] {
  const old = readOpenApi(released, 'contracts/released/openapi.json');
  const now = readOpenApi(current, 'contracts/openapi.json');
  const operations = [...old.operations].flatMap(([subject, operation]) => {
    const replacement = now.operations.get(subject);
    return replacement === undefined
      ? [
          breaking(
            subject,
            'path',
            'operation-removed',
            'Clients that call it get 404 or 405',
            'Keep the operation.',
          ),
        ]
      : operationFindings(operation, replacement, { old, now, subject });
  });
  const responses = Object.entries(old.responses).flatMap(([name, response]) => {
    const replacement = now.responses[name];
    const subject = `components.responses.${name}`;
    return replacement === undefined
      ? []
      : responseFindings(response, replacement, '', { old, now, subject });
  });
  return [...serverFindings(old, now), ...operations, ...responses, ...schemeFindings(old, now)];
}

const breaking = (subject: string, place: string, rule: string, reason: string, remedy: string): Finding => ({
  subject,
  place,
  rule,
  reason: `${reason}.`,
  remedy,
  isCertain: true,
});

const serverFindings = (old: OpenApi, now: OpenApi): readonly Finding[] =>
  old.servers
    .filter((url) => !now.servers.includes(url))
    .map((url) =>
      breaking('servers', url, 'server-removed', 'Clients call paths below this address', 'Keep the server.'),
    );

const operationFindings = (old: Operation, now: Operation, both: Comparison): readonly Finding[] => [
  ...parameterFindings(old.parameters, now.parameters, both),
  ...bodyFindings(old, now, both),
  ...statusFindings(old, now, both),
  ...securityFindings(both.old.securityOf(old), both.now.securityOf(now), both.subject),
];

/** The names of headers have no case. */
const parameterKey = ({ in: place, name }: Parameter): string =>
  `${place} parameter ${place === 'header' ? name.toLowerCase() : name}`;

function parameterFindings(
  old: readonly Parameter[],
  now: readonly Parameter[],
  both: Comparison,
): readonly Finding[] {
  const before = new Map(old.map((one) => [parameterKey(one), one]));
  const after = new Map(now.map((one) => [parameterKey(one), one]));
  const removed = [...before.keys()]
    .filter((key) => !after.has(key))
    .map((key) =>
      breaking(
        both.subject,
        key,
        'parameter-removed',
        'Clients that send it are rejected, or get another answer than before',
        'Go on accepting the parameter.',
      ),
    );
  const changed = [...after].flatMap(([key, parameter]) => {
    const former = before.get(key);
    const required =
      parameter.required && !former?.required
        ? [
            breaking(
              both.subject,
              key,
              'parameter-required',
              'Clients of the last release do not send it, and are rejected',
              'Make the parameter optional.',
            ),
          ]
        : [];
    const schema =
      former === undefined ? [] : schemaFindings(former.schema, parameter.schema, key, roles.request, both);
    const isOtherForm =
      former !== undefined && (former.style !== parameter.style || former.explode !== parameter.explode);
    const form = isOtherForm
      ? [
          breaking(
            both.subject,
            key,
            'parameter-form',
            'Clients write the value in the former form',
            'Keep style and explode.',
          ),
        ]
      : [];
    return [...required, ...schema, ...form];
  });
  return [...removed, ...changed];
}

function schemaFindings(
  old: unknown,
  now: unknown,
  place: string,
  role: Roles,
  both: Comparison,
): readonly Finding[] {
  const before = both.old.located(old, `${both.subject} ${place}`);
  const after = both.now.located(now, `${both.subject} ${place}`);
  const found =
    role.newSide === 'newReader'
      ? differences(before, after)
      : differences(after, before, { isClient: true });
  return findingsOf(found, both.subject, place, role);
}

function bodyFindings(old: Operation, now: Operation, both: Comparison): readonly Finding[] {
  const place = 'request body';
  const required =
    now.requestBody?.required && !old.requestBody?.required
      ? [
          breaking(
            both.subject,
            place,
            'body-required',
            'Clients may send no body, and are rejected',
            'Make the body optional.',
          ),
        ]
      : [];
  return [
    ...required,
    ...contentFindings(
      old.requestBody?.content ?? {},
      now.requestBody?.content ?? {},
      place,
      roles.request,
      both,
    ),
  ];
}

function contentFindings(
  old: Content,
  now: Content,
  place: string,
  role: Roles,
  both: Comparison,
): readonly Finding[] {
  return Object.entries(old).flatMap(([type, { schema }]) => {
    const replacement = now[type];
    return replacement === undefined
      ? [
          breaking(
            both.subject,
            place,
            'media-type-removed',
            role.newSide === 'newReader'
              ? `Clients send ${type}, and are rejected`
              : `Clients expect ${type}, and cannot read another type`,
            `Keep ${type}.`,
          ),
        ]
      : type === 'application/problem+json'
        ? problemFindings(schema, replacement.schema, place, both)
        : schemaFindings(schema, replacement.schema, place, role, both);
  });
}

/**
 * A client treats a problem with an unknown code by its status: docs/errors.md. So a code may be added beside the
 * former ones, but may not take the place of one.
 */
function problemFindings(old: unknown, now: unknown, place: string, both: Comparison): readonly Finding[] {
  const isWholeProblem = ({ rule, place: at }: Finding): boolean => rule === 'alternative' && at === place;
  const swapped = { ...both, old: both.now, now: both.old };
  const isCodeGone = schemaFindings(now, old, place, roles.response, swapped).some(isWholeProblem);
  return schemaFindings(old, now, place, roles.response, both).filter(
    (finding) => isCodeGone || !isWholeProblem(finding),
  );
}

const isError = (status: string): boolean => status.startsWith('4') || status.startsWith('5');

/** A client treats an unknown error by the class of its status (RFC 9110, section 15). */
function statusFindings(old: Operation, now: Operation, both: Comparison): readonly Finding[] {
  const statuses = new Set([...Object.keys(old.responses), ...Object.keys(now.responses)]);
  return [...statuses].flatMap((status) => {
    const place = `response ${status}`;
    const before = old.responses[status];
    const after = now.responses[status];
    if (before !== undefined && after !== undefined) {
      return responseFindings(before, after, status, both);
    }
    if (isError(status)) {
      return [];
    }
    const [rule, reason, remedy] =
      before === undefined
        ? [
            'status-added',
            'Clients of the last release do not know this success',
            'Answer with a known status.',
          ]
        : ['status-removed', 'Clients of the last release wait for this success', 'Go on answering with it.'];
    return [breaking(both.subject, place, rule, reason, remedy)];
  });
}

function responseFindings(
  old: Response,
  now: Response,
  status: string,
  both: Comparison,
): readonly Finding[] {
  const place = `response ${status}`.trim();
  const content = contentFindings(old.content, now.content, place, roles.response, both);
  const after = new Map(Object.entries(now.headers).map(([name, header]) => [name.toLowerCase(), header]));
  const headers = Object.entries(old.headers).flatMap(([name, header]) => {
    const at = `${place} header ${name}`;
    const replacement = after.get(name.toLowerCase());
    if (replacement === undefined || (header.required && !replacement.required)) {
      const remedy = 'Go on sending the header.';
      return [
        breaking(both.subject, at, 'header-removed', 'Clients of the last release read the header', remedy),
      ];
    }
    return schemaFindings(header.schema, replacement.schema, at, roles.response, both);
  });
  return [...content, ...headers];
}

/** Each set of credentials that was enough has to be enough. */
function securityFindings(
  old: readonly Requirement[],
  now: readonly Requirement[],
  subject: string,
): readonly Finding[] {
  const satisfies = (held: Requirement, needed: Requirement): boolean =>
    Object.entries(needed).every(
      ([scheme, scopes]) => scopes.every((scope) => held[scheme]?.includes(scope)) && scheme in held,
    );
  const open: readonly Requirement[] = [{}];
  const needed = now.length === 0 ? open : now;
  return (old.length === 0 ? open : old)
    .filter((held) => !needed.some((one) => satisfies(held, one)))
    .map((held) =>
      breaking(
        subject,
        'security',
        'scope-narrowed',
        `Clients with ${credentials(held)} were authenticated and now get 401 or 403`,
        'Go on accepting these credentials.',
      ),
    );
}

const credentials = (requirement: Requirement): string =>
  Object.entries(requirement)
    .map(([scheme, scopes]) => [scheme, ...scopes].join(' '))
    .join(' and ') || 'no token';

function schemeFindings(old: OpenApi, now: OpenApi): readonly Finding[] {
  const text = (scheme: Readonly<Record<string, unknown>> | undefined): string =>
    JSON.stringify(scheme === undefined ? null : { ...scheme, description: null });
  return Object.keys(old.securitySchemes)
    .filter((name) => text(old.securitySchemes[name]) !== text(now.securitySchemes[name]))
    .map((name) =>
      breaking(
        `components.securitySchemes.${name}`,
        'the scheme',
        'security-scheme-changed',
        'Clients of the last release authenticate in the former way',
        'Keep the scheme, and add the new one beside it.',
      ),
    );
}
