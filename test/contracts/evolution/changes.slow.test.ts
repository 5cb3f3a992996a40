import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Apicurio, describeWithApicurio, startApicurio } from '../../support/apicurio.ts';
import { changes } from './changes.ts';
import { changesTable, type Row } from './changes-table.ts';
import { registryVerdicts } from './registry-verdicts.ts';

let apicurio: Apicurio;

describeWithApicurio('the kinds of change, with Apicurio', () => {
  beforeAll(async () => {
    apicurio = await startApicurio();
  });

  afterAll(async () => {
    await apicurio?.[Symbol.asyncDispose]();
  });

  test('the table in docs/contracts-evolution.md has the verdicts of the registry', async () => {
    const verdicts: Pick<Row, 'change' | 'registry'>[] = [];
    for (const change of changes) {
      verdicts.push({ change: change.change, registry: await registryVerdicts(apicurio.url, change) });
    }

    expect(changesTable().map(({ change, registry }) => ({ change, registry }))).toEqual(verdicts);
  });
});
