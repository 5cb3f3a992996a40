import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { latestSchemaId } from '../../../lib/schema-registry/latest-schema-id.ts';
import { registerSchemas } from '../../../lib/schema-registry/register-schemas.ts';
import { registeredSchemas } from '../../../lib/schema-registry/registered-schemas.ts';
import { type RegistryOptions, registryRequest } from '../../../lib/schema-registry/registry-request.ts';
import { type Apicurio, describeWithApicurio, startApicurio } from '../../support/apicurio.ts';

const SCHEMAS = 'contracts/schemas';

let apicurio: Apicurio;
let options: RegistryOptions;

describeWithApicurio('registering the schemas, with Apicurio', () => {
  beforeAll(async () => {
    apicurio = await startApicurio();
    options = { url: apicurio.url, timeoutMs: 10_000 };
  });

  afterAll(async () => {
    await apicurio?.[Symbol.asyncDispose]();
  });

  test('registers a schema for each record, with the topic in the subject and the name as the title', async () => {
    const { subjects } = await registerSchemas(options, { directory: SCHEMAS, topicPrefix: 'dev.' });

    expect(subjects).toEqual([
      'dev.orders-order-record',
      'dev.orders-cancel-record',
      'dev.orders-retry-record',
      'dev.orders.status-status-event',
    ]);
    for (const [index, subject] of subjects.entries()) {
      const { id } = await latestSchemaId(options, subject);
      const { schema } = Object(await registryRequest(options, 'GET', `/schemas/ids/${id}`));
      const name = registeredSchemas[index]?.name ?? '';
      expect(JSON.parse(schema)).toEqual({
        ...schemaOf(name),
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: name,
      });
    }
  });

  test('registering again changes nothing', async () => {
    const subject = 'again.orders-order-record';
    await registerSchemas(options, { directory: SCHEMAS, topicPrefix: 'again.' });
    const before = await latestSchemaId(options, subject);
    await registerSchemas(options, { directory: SCHEMAS, topicPrefix: 'again.' });

    expect(await latestSchemaId(options, subject)).toEqual(before);
  });

  test('the registry accepts a new property, and its id is the latest', async () => {
    const subject = 'next.orders-order-record';
    await registerSchemas(options, { directory: SCHEMAS, topicPrefix: 'next.' });
    const before = await latestSchemaId(options, subject);
    using next = changedSchemas({ note: { type: 'string' } });
    await registerSchemas(options, { directory: next.directory, topicPrefix: 'next.' });

    expect((await latestSchemaId(options, subject)).id).not.toBe(before.id);
  });

  test('the registry refuses a change that old consumers cannot read, and the error has the subject and the reason', async () => {
    await registerSchemas(options, { directory: SCHEMAS, topicPrefix: 'broken.' });
    using broken = changedSchemas({ quantity: { type: 'string' } });

    await expect(
      registerSchemas(options, { directory: broken.directory, topicPrefix: 'broken.' }),
    ).rejects.toMatchObject({
      code: 'schema_registry_failed',
      message: expect.stringMatching(
        /POST .*\/subjects\/broken\.orders-order-record\/versions at the schema registry failed: status 409: .*quantity/,
      ),
    });
  });

  test('a subject without a schema is reported with its URL', async () => {
    await expect(latestSchemaId(options, 'none')).rejects.toThrow(
      `GET ${apicurio.url}/subjects/none/versions/latest at the schema registry failed: status 404`,
    );
  });
});

const schemaOf = (name: string): { properties: object } =>
  JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8'));

/** Returns a directory with the schemas, in which the order's has other properties. */
function changedSchemas(properties: object): Disposable & { directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-schemas-'));
  for (const { name } of registeredSchemas) {
    const schema = schemaOf(name);
    const changed =
      name === 'order-record' ? { ...schema, properties: { ...schema.properties, ...properties } } : schema;
    writeFileSync(join(directory, `${name}.json`), JSON.stringify(changed));
  }
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}
