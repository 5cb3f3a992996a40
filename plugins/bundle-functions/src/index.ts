import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Log, Serverless } from './serverless.ts';

/** The framework's folder for packages, in the service's folder. */
const OUTPUT_DIRECTORY = '.serverless';
const DEFAULT_RUNTIME = 'nodejs24.x';

/** The plugin: replaces the framework's zip of the folder by the bundle of each function. */
export default class BundleFunctions {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #log: Log;

  constructor(serverless: Serverless, cliOptions: { readonly function?: string }, { log }: { log: Log }) {
    this.#serverless = serverless;
    this.#log = log;
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.#bundle(serverless.service.getAllFunctions()),
      // `deploy function`
      'before:package:function:package': () =>
        this.#bundle(cliOptions.function === undefined ? [] : [cliOptions.function]),
    };
  }

  async #bundle(functionNames: readonly string[]): Promise<void> {
    await mkdir(join(this.#serverless.serviceDir, OUTPUT_DIRECTORY), { recursive: true });
    const longest = Math.max(...functionNames.map((name) => name.length));
    for (const name of functionNames) {
      const { entryBytes, zipBytes } = await this.#bundleOne(name);
      this.#log.notice(
        `${name.padEnd(longest)}  ${kilobytes(entryBytes)} KB, zipped with its source map ${kilobytes(zipBytes)} KB`,
      );
    }
  }

  async #bundleOne(name: string): Promise<{ entryBytes: number; zipBytes: number }> {
    // Imported lazily, so that no other command loads esbuild.
    const [{ bundleFunction }, { archive }] = await Promise.all([
      import('./bundle.ts'),
      import('./archive.ts'),
    ]);
    const { service, serviceDir, classes } = this.#serverless;
    const definition = service.getFunction(name);
    const { files, entryBytes, warnings, describe } = await bundleFunction({
      serviceDirectory: serviceDir,
      handler: definition.handler ?? '',
      runtime: definition.runtime ?? service.provider.runtime ?? DEFAULT_RUNTIME,
      separateModules: service.custom?.['bundle-functions']?.separateModules ?? [],
    }).catch((error: Error) => {
      throw new classes.Error(`${name} cannot be bundled. ${error.message}`, 'BUNDLING_FAILED');
    });
    for (const warning of warnings) {
      this.#log.warning(`${name}: ${warning}`);
    }
    this.#log.info(await describe());
    const read = await readPatterns(definition.package?.patterns ?? [], serviceDir);
    const zip = archive(new Map([...files, ...read]));
    const artifact = join(OUTPUT_DIRECTORY, `${name}.zip`);
    await writeFile(join(serviceDir, artifact), zip);
    // Without `individually`, `deploy --package` expects one zip of the whole service.
    definition.package = { ...definition.package, individually: true, artifact };
    return { entryBytes, zipBytes: zip.byteLength };
  }
}

/** Reads the additional files of a function, by their path in the service. */
async function readPatterns(
  patterns: readonly string[],
  serviceDirectory: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const path of glob([...patterns], { cwd: serviceDirectory })) {
    files.set(path.replaceAll(sep, '/'), await readFile(join(serviceDirectory, path)));
  }
  return files;
}

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1).padStart(6);
