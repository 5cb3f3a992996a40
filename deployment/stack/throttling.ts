import { createRequire } from 'node:module';
import { readFunctions, readParameter, type Variables } from './framework.ts';
import { reservedConcurrency, settingsOf } from './functions.ts';

/** `createRequire`, because the module has no types. */
const naming: { getHttpApiRouteLogicalId(route: string): string } = createRequire(import.meta.url)(
  'serverless/lib/plugins/aws/lib/naming',
);

export interface Limits {
  readonly ThrottlingBurstLimit: number;
  readonly ThrottlingRateLimit: number;
}

/**
 * Returns the limits above which API Gateway answers 429. Half of the reserved executions serve a burst, the other half the
 * requests that arrive meanwhile. Above the reserved executions Lambda throttles, which is a 503 and an alarm. createOrder
 * gets 1,500 requests a second, enough for the planned peaks of 1,200. The share of one client is not limited here.
 */
export function limits(reserved: number, requestMs: number): Limits {
  const burst = Math.ceil(reserved / 2);
  return { ThrottlingBurstLimit: burst, ThrottlingRateLimit: ((reserved - burst) * 1_000) / requestMs };
}

/** Returns the throttling of every route, as an extension of the stage of the HTTP API. */
export async function throttling(variables: Variables): Promise<{
  readonly extensions: {
    readonly HttpApiStage: {
      readonly DependsOn: readonly string[];
      readonly Properties: {
        readonly DefaultRouteSettings: Limits | undefined;
        readonly RouteSettings: Readonly<Record<string, Limits>>;
      };
    };
  };
}> {
  const functions = await readFunctions(variables);
  const settings = settingsOf(Object.keys(functions));
  const isTest = (await readParameter(variables, 'test')) === 'true';
  const limitsOf = (name: string): Limits => {
    const own = settings[name];
    if (own?.requestMs === undefined) {
      throw new Error(`The function ${name} has a route, but no requestMs in deployment/stack/functions.ts.`);
    }
    return limits(reservedConcurrency(own, isTest), own.requestMs);
  };
  const { '*': DefaultRouteSettings, ...RouteSettings } = Object.fromEntries(
    Object.entries(functions).flatMap(([name, { events }]) =>
      events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [[httpApi, limitsOf(name)]])),
    ),
  );
  return {
    extensions: {
      HttpApiStage: {
        // API Gateway rejects settings of a route that does not exist yet
        DependsOn: Object.keys(RouteSettings).map((route) => naming.getHttpApiRouteLogicalId(route)),
        Properties: { DefaultRouteSettings, RouteSettings },
      },
    },
  };
}
