import { readFileSync, writeFileSync } from 'node:fs';

/** A section of the results page. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Replaces sections with the same title and appends new ones. */
export function replaceSections(page: string, replacements: readonly Section[]): string {
  const [introduction = '', ...parts] = page.trimEnd().split(/^(?=## )/m);
  const texts = new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), part.trimEnd()]));
  for (const { title, lines } of replacements) {
    texts.set(title, [`## ${title}`, '', ...lines].join('\n'));
  }
  return `${[introduction.trimEnd(), ...texts.values()].join('\n\n')}\n`;
}

/**
 * Takes one measurement after the other, and replaces its section in the file as soon as it ends. A failure of a later
 * measurement therefore loses no result.
 */
export async function recordSections(
  file: string,
  measurements: Iterable<() => Promise<Section | undefined>>,
): Promise<void> {
  for (const measure of measurements) {
    const section = await measure();
    if (section !== undefined) {
      writeFileSync(file, replaceSections(readFileSync(file, 'utf8'), [section]));
    }
  }
}
