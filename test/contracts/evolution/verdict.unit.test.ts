import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../contracts/evolution/findings.ts';
import { verdictOn } from '../../../contracts/evolution/verdict.ts';

const finding: Finding = {
  subject: 'POST /api/orders',
  place: 'request body size',
  rule: 'required',
  reason: 'Clients of the last release may send no value; the new API accepts a value.',
  remedy: 'Make the property optional.',
  isCertain: true,
};
const undecided: Finding = { ...finding, place: 'request body name', rule: 'pattern', isCertain: false };

const named = '- **Breaking**: `POST /api/orders` `request body size` is required.';
const changelog = (...lines: readonly string[]) =>
  `# Changelog\n\n## Pending\n\n### HTTP API\n\n${lines.join('\n')}\n\n## 0.1.0\n\n- First.\n`;

const isAccepted = (findings: readonly Finding[], version: string, releasedVersion: string, text: string) =>
  verdictOn(findings, { version, releasedVersion, changelog: text }).isAccepted;

describe('the verdict on changes of the contracts', () => {
  test.each([
    ['1.2.0', '1.2.0', false],
    ['1.3.0', '1.2.0', false],
    ['2.0.0', '1.2.0', true],
    ['0.1.1', '0.1.0', false],
    ['0.2.0', '0.1.0', true],
    ['1.0.0', '0.1.0', true],
    ['1.0.0', '2.0.0', false],
  ])(
    'version %s after %s permits a breaking change that the CHANGELOG names: %s',
    (version, released, expected) => {
      expect(isAccepted([finding], version, released, changelog(named))).toBe(expected);
    },
  );

  test('a breaking change is rejected unless a line under Pending marks it and names its place', () => {
    const ofThePast = `${changelog()}\n${named}`;

    expect(isAccepted([finding], '0.2.0', '0.1.0', changelog())).toBe(false);
    expect(isAccepted([finding], '0.2.0', '0.1.0', ofThePast)).toBe(false);
    expect(isAccepted([finding], '0.2.0', '0.1.0', changelog(named.replace('Breaking', 'Changed')))).toBe(
      false,
    );
    expect(isAccepted([finding], '0.2.0', '0.1.0', changelog(named.replace(' size', '')))).toBe(false);
  });

  test('a change that cannot be decided needs a line under Pending, and no new version', () => {
    const line = '- **Changed**: `POST /api/orders` `request body name` may have more characters.';

    expect(isAccepted([undecided], '0.1.0', '0.1.0', changelog())).toBe(false);
    expect(isAccepted([undecided], '0.1.0', '0.1.0', changelog(line))).toBe(true);
  });

  test('the report says who breaks, how to stay compatible, and what a deliberate break needs', () => {
    const { report } = verdictOn([finding, undecided], {
      version: '0.1.0',
      releasedVersion: '0.1.0',
      changelog: changelog(),
    });

    expect(report).toBe(`POST /api/orders  request body size  required
  Clients of the last release may send no value; the new API accepts a value.
  Make the property optional.

POST /api/orders  request body name  pattern (undecided, so it counts as incompatible)
  Clients of the last release may send no value; the new API accepts a value.
  Make the property optional.

Not compatible with release 0.1.0: 2 changes.
Make the contracts compatible as above and run "npm run openapi". Or, to release them as they are:
  set the version in package.json to 0.2.0 or higher; it is 0.1.0
  say why under Pending in CHANGELOG.md:
  - **Breaking**: \`POST /api/orders\` \`request body size\` …
  - **Changed**: \`POST /api/orders\` \`request body name\` …
`);
  });

  test('no change is reported as compatible', () => {
    const release = { version: '0.1.0', releasedVersion: '0.1.0', changelog: changelog() };

    expect(verdictOn([], release).report).toBe('The contracts are compatible with release 0.1.0.\n');
  });
});
