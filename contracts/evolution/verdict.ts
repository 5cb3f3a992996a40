import type { Finding } from './findings.ts';

export interface Release {
  /** The version in package.json. */
  readonly version: string;
  /** The version of the released contracts. */
  readonly releasedVersion: string;
  /** CHANGELOG.md. */
  readonly changelog: string;
}

export interface Verdict {
  readonly isAccepted: boolean;
  /** For the terminal. */
  readonly report: string;
}

/**
 * Decides whether the changes may be released. A breaking change needs a new major version, or a new minor version
 * before 1.0.0 (semver, item 4), and a line under Pending in the CHANGELOG that names its place. A change that the
 * checker cannot decide needs the line only: its author has looked at it.
 */
export function verdictOn(findings: readonly Finding[], release: Release): Verdict {
  const pending = pendingChanges(release.changelog);
  const isNewVersion = permitsBreaks(release.version, release.releasedVersion);
  const unnamed = findings.filter((finding) => !pending.some((line) => isNamedIn(line, finding)));
  const open = findings.filter((one) => unnamed.includes(one) || (one.isCertain && !isNewVersion));
  const exceptions =
    findings.length === 0 ? '' : `, except ${counted(findings.length)} that the CHANGELOG names`;
  return open.length === 0
    ? {
        isAccepted: true,
        report: `The contracts are compatible with release ${release.releasedVersion}${exceptions}.\n`,
      }
    : { isAccepted: false, report: [...open.map(described), advice(open, unnamed, release)].join('\n') };
}

const markOf = ({ isCertain }: Finding): string => (isCertain ? '**Breaking**' : '**Changed**');

const namesOf = ({ subject, place }: Finding): string => `\`${subject}\` \`${place}\``;

const isNamedIn = (line: string, finding: Finding): boolean =>
  line.includes(namesOf(finding)) && (line.includes('**Breaking**') || line.includes(markOf(finding)));

const counted = (count: number): string => (count === 1 ? '1 change' : `${count} changes`);

const described = ({ subject, place, rule, reason, remedy, isCertain }: Finding): string =>
  [
    `${subject}  ${place}  ${rule}${isCertain ? '' : ' (undecided, so it counts as incompatible)'}`,
    `  ${reason}`,
    `  ${remedy}`,
    '',
  ].join('\n');

function advice(
  open: readonly Finding[],
  unnamed: readonly Finding[],
  { version, releasedVersion }: Release,
): string {
  const isVersionTooLow = open.some(({ isCertain }) => isCertain) && !permitsBreaks(version, releasedVersion);
  const lines = new Set(unnamed.map((finding) => `  - ${markOf(finding)}: ${namesOf(finding)} …`));
  return [
    `Not compatible with release ${releasedVersion}: ${counted(open.length)}.`,
    'Make the contracts compatible as above and run "npm run openapi". Or, to release them as they are:',
    ...(isVersionTooLow
      ? [
          `  set the version in package.json to ${nextBreakingVersion(releasedVersion)} or higher; it is ${version}`,
        ]
      : []),
    ...(lines.size > 0 ? ['  say why under Pending in CHANGELOG.md:', ...lines] : []),
    '',
  ].join('\n');
}

/** The part of the CHANGELOG between the heading Pending and the next of its level, by lines. */
function pendingChanges(changelog: string): readonly string[] {
  const [, rest = ''] = changelog.split(/^## Pending$/m);
  return rest.split(/^## /m)[0]?.split('\n') ?? [];
}

const numbersOf = (version: string): readonly [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};

function permitsBreaks(version: string, releasedVersion: string): boolean {
  const [major, minor] = numbersOf(version);
  const [releasedMajor, releasedMinor] = numbersOf(releasedVersion);
  return major > releasedMajor || (major === 0 && releasedMajor === 0 && minor > releasedMinor);
}

function nextBreakingVersion(releasedVersion: string): string {
  const [major, minor] = numbersOf(releasedVersion);
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}
