/** The function that serves the page. */
const FUNCTION = 'reference';

/** The plugin: builds the reference page before its function is packaged or runs on this machine. */
export default class ReferencePage {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(_serverless: unknown, cliOptions: { readonly function?: string }) {
    const build = async (): Promise<void> => {
      if (cliOptions.function === undefined || cliOptions.function === FUNCTION) {
        const { buildReference } = await import('./build.ts'); // no other command loads esbuild
        await buildReference();
      }
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': build,
      'before:package:function:package': build, // `deploy function`
      'before:offline:start:init': build,
      'before:invoke:local:invoke': build,
    };
  }
}
