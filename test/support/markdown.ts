/** Reads pages of the documentation. */

/** A page without its code, in which brackets are no links and `#` is a comment. */
export const proseOf = (page: string): string =>
  page.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));

/** GitHub's anchors of a page's headings. */
export function anchorsOf(page: string): string[] {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The text under a heading of any level, up to the next heading; empty without such a heading. */
export const sectionOf = (page: string, heading: string): string =>
  page.split(/^#+ /m).find((section) => section.startsWith(`${heading}\n`)) ?? '';
