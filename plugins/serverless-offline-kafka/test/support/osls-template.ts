import { createRequire } from 'node:module';
import type { Service } from '../../src/serverless.ts';

const require = createRequire(import.meta.url);
const OSLS = 'serverless/lib/plugins/aws';

interface Compiler {
  compileMSKEvents?(): void;
  compileKafkaEvents?(): void;
}
type CompilerClass = new (serverless: unknown) => Compiler;

const MskEvents: CompilerClass = require(`${OSLS}/package/compile/events/msk/index.js`);
const KafkaEvents: CompilerClass = require(`${OSLS}/package/compile/events/kafka.js`);
const merging: { mergeCustomProviderResources(this: unknown): void } = require(
  `${OSLS}/package/lib/merge-custom-provider-resources.js`,
);
const naming: unknown = require(`${OSLS}/lib/naming.js`);

export type PackagedMappings = Readonly<Record<string, { readonly Properties: Record<string, unknown> }>>;

/** Returns the event source mappings that osls packages for a service, with the code of osls. Modifies the service. */
export function packagedMappings(service: Service): PackagedMappings {
  const template: { Resources: PackagedMappings } = { Resources: {} };
  const packaged = Object.assign(service, {
    provider: { ...service.provider, compiledCloudFormationTemplate: template },
  });
  const serverless = {
    service: packaged,
    configSchemaHandler: { defineFunctionEvent: () => undefined },
    getProvider: () => ({ naming, resolveFunctionIamRoleResourceName: () => null }),
  };
  new MskEvents(serverless).compileMSKEvents?.();
  new KafkaEvents(serverless).compileKafkaEvents?.();
  merging.mergeCustomProviderResources.call({ serverless });
  return template.Resources;
}
