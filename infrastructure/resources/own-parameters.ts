import type { Variables } from '../../deployment/stack/framework.ts';
import { infrastructureSettings } from '../../deployment/stack/stage-settings.ts';

/**
 * Returns an output with the parameters of this deployment, for the next deployment: a parameter that is not given again
 * must not return to its default, which would replace the cluster or the network. Leaves out empty values, because the
 * framework rejects a parameter without a value.
 */
export async function ownParameters({ resolveVariable }: Variables): Promise<{
  readonly Outputs: Readonly<Record<string, { readonly Description: string; readonly Value: string }>>;
}> {
  const values: [string, string][] = [];
  for (const name of Object.keys(infrastructureSettings.shape)) {
    values.push([name, String(await resolveVariable(`param:${name}`))]);
  }
  return {
    Outputs: {
      infrastructureParameters: {
        Description: 'The parameters of this deployment',
        Value: JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== ''))),
      },
    },
  };
}
