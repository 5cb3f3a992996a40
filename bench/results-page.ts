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
