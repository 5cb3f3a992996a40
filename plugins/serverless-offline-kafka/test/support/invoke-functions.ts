import { join } from 'node:path';
import { createFunctionInvoker } from '../../src/invocation/function-invoker.ts';
import type { Serverless } from '../../src/serverless.ts';

/**
 * A program, because serverless-offline cannot load handlers within jest: invokes the handlers of
 * `fixture/invoked.ts` that its argument names, all at once, and prints how each ended.
 */
const { options, timeout, functionKeys }: Request = JSON.parse(process.argv[2] ?? '');

export interface Request {
  readonly options: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly timeout?: number;
  readonly functionKeys: readonly string[];
}

const servicePath = join(import.meta.dirname, '../fixture');
const serverless: Serverless & Record<string, unknown> = {
  service: {
    service: 'fixture',
    provider: { stage: 'dev', region: 'eu-west-1' },
    getAllFunctions: () => [...functionKeys],
    getFunction: (key) => ({
      name: key,
      handler: `invoked.${key}`,
      runtime: 'nodejs24.x',
      ...(timeout !== undefined && { timeout }),
    }),
  },
  config: { servicePath, serverlessPath: servicePath },
  serviceDir: servicePath,
  pluginManager: { spawn: async () => undefined },
  classes: { Error },
};

const invoker = await createFunctionInvoker(serverless, options);
const outcomes = await Promise.all(
  functionKeys.map((key) =>
    invoker.invoke(key, '{}').then(
      () => 'succeeded',
      (error) => error.message,
    ),
  ),
);
await invoker.close();
process.stdout.write(JSON.stringify(outcomes));
