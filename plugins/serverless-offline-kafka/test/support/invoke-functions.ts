import { join } from 'node:path';
import Lambda from 'serverless-offline/lambda';
import { EventSourceError } from '../../src/errors.ts';
import { createFunctionInvoker, type FunctionInvoker } from '../../src/invocation/function-invoker.ts';
import type { FunctionDefinition, Serverless } from '../../src/serverless.ts';

/**
 * A program that invokes functions as its argument describes, and prints a Report as its last line. It is a separate process,
 * because serverless-offline cannot load handlers within jest.
 */

export interface Request {
  /** Options of serverless-offline. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** In seconds. */
  readonly timeout?: number;
  /** The folder of the handlers. Default: `fixture/`. */
  readonly servicePath?: string;
  /** Default: the functions of `fixture/invoked.ts`. */
  readonly functions?: Readonly<Record<string, FunctionDefinition>>;
  /** The rounds run in sequence. The invocations of a round start at the same time. */
  readonly rounds: readonly (readonly Invoked[])[];
  /** True if the invoker is closed during the last round. */
  readonly closes?: boolean;
  /** True if serverless-offline invokes the functions without the plugin. */
  readonly bare?: boolean;
}

export interface Invoked {
  readonly key: string;
  readonly event?: object;
  readonly requestId?: string;
}

export interface Report {
  readonly outcomes: readonly Outcome[];
  readonly logged: readonly string[];
}

export type Outcome =
  | { readonly payload: unknown }
  | { readonly code: string; readonly message: string; readonly cause?: string };

const request: Request = JSON.parse(process.argv[2] ?? '');
const { options = {}, timeout, functions = {}, rounds, closes = false, bare = false } = request;
const servicePath = request.servicePath ?? join(import.meta.dirname, '../fixture');
const keys = new Set(rounds.flat().map(({ key }) => key));
const serverless: Serverless & Record<string, unknown> = {
  service: {
    service: 'fixture',
    provider: {
      stage: 'dev',
      region: 'eu-west-1',
      runtime: 'nodejs24.x',
      memorySize: 512,
      environment: { FROM_PROVIDER: 1, OVERRIDDEN: 'provider' },
    },
    getAllFunctions: () => [...keys],
    getFunction: (key) => ({
      name: `fixture-dev-${key}`,
      environment: { OVERRIDDEN: 'function', JOINED: { 'Fn::Join': ['-', ['a', 'b']] } },
      ...(timeout !== undefined && { timeout }),
      ...(functions[key] ?? { handler: `invoked.${key}` }),
    }),
  },
  config: { servicePath },
  serviceDir: servicePath,
  pluginManager: { spawn: async () => undefined },
  classes: { Error },
};

const logged: string[] = [];
const log = (message: string): void => {
  logged.push(message);
};
const invoker = bare
  ? serverlessOfflineAlone()
  : await createFunctionInvoker(serverless, options, { info: log, notice: log, warning: log, error: log });

const outcomes: Outcome[] = [];
for (const round of rounds) {
  const running = round.map(outcomeOf);
  if (closes && round === rounds.at(-1)) {
    await invoker.close();
  }
  outcomes.push(...(await Promise.all(running)));
}
await invoker.close();
process.stdout.write(`\n${JSON.stringify({ outcomes, logged } satisfies Report)}`);

async function outcomeOf({ key, event = {}, requestId = 'request' }: Invoked): Promise<Outcome> {
  try {
    return { payload: await invoker.invoke({ functionKey: key, event, requestId }) };
  } catch (error) {
    if (!(error instanceof EventSourceError)) {
      return { code: 'not an EventSourceError', message: String(error) };
    }
    const { code, message, cause } = error;
    return { code, message, ...(cause !== undefined && { cause: String(cause) }) };
  }
}

function serverlessOfflineAlone(): FunctionInvoker {
  const lambda = new Lambda(serverless, { ...options, noTimeout: true });
  lambda.create(
    Array.from(keys, (functionKey) => ({
      functionKey,
      functionDefinition: serverless.service.getFunction(functionKey),
    })),
  );
  return {
    invoke: ({ functionKey, event }) => {
      const instance = lambda.get(functionKey);
      instance.setEvent(event);
      return instance.runHandler();
    },
    close: () => lambda.cleanup(),
  };
}
