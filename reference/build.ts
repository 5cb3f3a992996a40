import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { gzipSync } from 'fflate';

const PAGE = join(import.meta.dirname, 'page');

const SWAGGER_UI = join(import.meta.dirname, '../node_modules/swagger-ui-dist');

/** The path of the files on the server. */
const PUBLIC_PATH = '/docs';

/** The folder of the built files. The package of the function `reference` has the same relative path. */
export const OUTPUT_DIRECTORY = join(import.meta.dirname, 'dist');

/** Builds the reference page and writes its compressed files. Files of earlier builds are removed. */
export async function buildReference(): Promise<void> {
  const files = await bundlePage().finally(stop); // otherwise esbuild's process would run as long as `npm start`
  await mkdir(OUTPUT_DIRECTORY, { recursive: true });
  for (const [name, contents] of files) {
    await replaceFile(join(OUTPUT_DIRECTORY, name), contents);
  }
  const stale = (await readdir(OUTPUT_DIRECTORY)).filter((name) => name.endsWith('.gz') && !files.has(name));
  await Promise.all(stale.map((name) => rm(join(OUTPUT_DIRECTORY, name), { force: true })));
}

/** Returns the compressed files of the page by name. The name of a script or style sheet contains the hash of its content. */
async function bundlePage(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: PAGE,
    entryPoints: ['start.ts', 'theme.ts', 'style.css'],
    outdir: '.',
    entryNames: '[name]-[hash]',
    write: false,
    bundle: true,
    minify: true,
    target: 'es2022',
    footer: { js: await licences() },
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  });
  let page = await readFile(join(PAGE, 'index.html'), 'utf8');
  for (const [name, { entryPoint = '' }] of Object.entries(metafile.outputs)) {
    page = page.replace(`"${entryPoint}"`, `"${PUBLIC_PATH}/${name}"`);
  }
  return new Map([
    ...outputFiles.map(
      ({ path, contents }) => [`${path.slice(PAGE.length + 1)}.gz`, compress(contents)] as const,
    ),
    ['index.html.gz', compress(Buffer.from(page))], // last, so that the files that it names exist
  ]);
}

/** Returns the licences of Swagger UI and of the libraries that its bundle contains, as a comment. */
async function licences(): Promise<string> {
  const read = (name: string) => readFile(join(SWAGGER_UI, name), 'utf8');
  const [notice, libraries] = await Promise.all([
    read('NOTICE'),
    read('swagger-ui-es-bundle.js.LICENSE.txt'),
  ]);
  return `/*! ${notice.trim()}, licensed under Apache-2.0 */\n${libraries}`;
}

const compress = (contents: Uint8Array): Uint8Array => gzipSync(contents, { level: 9, mtime: 0 });

/** Writes a file in one step, because several commands may build at the same time. */
async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, path);
}
