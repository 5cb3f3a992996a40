import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { sum } from '../../deployment/cost/amounts.ts';
import { monthlyFloor } from '../../deployment/cost/bill.ts';
import { productionStage, testStage } from '../../deployment/cost/workload.ts';
import { plannedConcurrency } from '../../deployment/stack/functions.ts';
import { readOutputNames } from '../../deployment/stack/service-file.ts';
import { infrastructure } from '../../deployment/stack/services.ts';
import {
  applicationSettings,
  infrastructureSettings,
  setupSettings,
} from '../../deployment/stack/stage-settings.ts';
import { planSteps, stepFailure, titleOf } from '../../deployment/steps/plan.ts';

const deployment = readFileSync('docs/deployment.md', 'utf8');
const packaging = readFileSync('docs/packaging.md', 'utf8');
const { params } = z
  .object({ params: z.object({ default: z.record(z.string(), z.unknown()) }) })
  .parse(parse(readFileSync('infrastructure/serverless.yml', 'utf8')));

/** The rows of the tables under a heading, without those under its subheadings. */
function rows(page: string, heading: string): string[][] {
  const section = page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const tables = section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| parameter '));
  return tables.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Returns the names in backquotes of the first column. */
const names = (page: string, heading: string): string[] =>
  rows(page, heading)
    .flatMap(([first = '']) => [...first.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    .sort();

describe('docs/packaging.md', () => {
  const optionality = (settings: typeof applicationSettings | typeof setupSettings) =>
    Object.entries(settings.shape).map(([name, schema]) => [name, schema.isOptional()] as const);
  const declared = new Map([...optionality(setupSettings), ...optionality(applicationSettings)]);

  test('lists every parameter of the application and of the setup, and no other', () => {
    expect(names(packaging, 'Parameters')).toEqual([...declared.keys()].sort());
  });

  test('lists those that every stage needs before the optional ones', () => {
    const [needed = '', ofDeploy = '', optional = ''] = packaging
      .split(/^##+ /m)
      .filter((section) => section.startsWith('Parameters\n'))
      .flatMap((section) => section.split('| parameter |').slice(1));
    const named = (table: string): string[] =>
      [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
      );
    const required = [...declared].flatMap(([name, isOptional]) => (isOptional ? [] : [name]));

    expect([...named(needed), ...named(ofDeploy)]).toEqual(expect.arrayContaining(required));
    expect(named(optional).filter((name) => required.includes(name))).toEqual([]);
    // required by a rule about several parameters
    expect([...named(needed), ...named(ofDeploy)].filter((name) => !required.includes(name)).sort()).toEqual([
      'authAudience',
      'authIssuer',
      'authJwksUrl',
      'databaseResourceId',
      'databaseSecretArn',
    ]);
  });
});

describe('docs/deployment.md', () => {
  test('contains the reserved concurrency of a stage, and its cost', () => {
    const reserved = (isTest: boolean): number =>
      [...plannedConcurrency({ stage: 'dev', region: 'eu-west-1' }, isTest).values()].reduce(
        (total, limit) => total + limit,
      );
    const [full, small] = [reserved(false), reserved(true)];
    const price = (stage: typeof productionStage): [string, string] => {
      const month = sum(monthlyFloor(stage, 'provisioned'));
      const tens = Math.round(month / 10) * 10;
      return [`$${Math.round((month * 12) / 365)} a day`, `($${tens.toLocaleString('en')}`];
    };

    for (const figure of [
      `reserves ${full} of the 1,000 concurrent executions that an account has by default (${small} with`,
      `| ${full + 100}: it reserves ${full}, and Lambda keeps 100 | ${small + 100} |`,
      `about ${price(productionStage).join(' ')} a month), or ${price(testStage).join(' ')}) with \`test=true\``,
    ]) {
      expect(deployment).toContain(figure);
    }
  });

  test('lists every parameter of the infrastructure, and no other', () => {
    expect(names(deployment, 'Infrastructure parameters')).toEqual(Object.keys(params.default).sort());
    expect(Object.keys(infrastructureSettings.shape).sort()).toEqual(Object.keys(params.default).sort());
  });

  test('has the default of each parameter with a fixed default', () => {
    const documented = rows(deployment, 'Infrastructure parameters').map(([name = '', value = '']) => [
      name.replaceAll('`', ''),
      value.replaceAll('`', ''),
    ]);
    const declared = Object.entries(params.default).map(([name, value]) => [
      name,
      String(value).includes('${') ? '' : String(value), // from another file
    ]);

    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(declared));
  });

  test('names every output of the infrastructure in the list of its replacements', async () => {
    const outputs = await readOutputNames(infrastructure);

    expect(names(deployment, 'Your own Kafka and database')).toEqual(
      expect.arrayContaining(outputs.filter((name) => name !== 'test')),
    );
  });

  test('lists the steps in order, each with the state that its failure reports', () => {
    const documented = rows(deployment, 'Steps and failures').slice(1);
    const steps = planSteps({ withInfrastructure: true, isDryRun: false });

    expect(documented.map(([step = '']) => step.replace(/ \(.*/, ''))).toEqual(steps.map(titleOf));
    for (const [index, step] of steps.entries()) {
      const target = { stage: 'dev', region: 'eu-west-1' };
      const { message } = stepFailure(step, new Error('a cause'), { target, command: 'npm run deploy' });

      expect(message).toContain(/^.*?\.(?= |$)/.exec(documented[index]?.[2] ?? '')?.[0]);
    }
  });
});
