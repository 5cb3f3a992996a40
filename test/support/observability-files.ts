import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

/** The files of the directory observability, read as Prometheus and Grafana read them. */

const rule = z.strictObject({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({ name: z.string(), interval: z.string().optional(), rules: z.array(rule) }),
  ),
});
const ruleTests = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      input_series: z.array(z.object({ series: z.string() })),
      promql_expr_test: z.array(
        z.object({ expr: z.string(), exp_samples: z.array(z.object({ labels: z.string() })) }),
      ),
    }),
  ),
});

/** Fields that every panel needs; a panel of a kind has more. */
const panel = z.looseObject({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().default(''),
  gridPos: z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  datasource: z.unknown().optional(),
  links: z.array(z.object({ url: z.string() })).default([]),
  targets: z
    .array(z.looseObject({ refId: z.string(), expr: z.string(), datasource: z.unknown() }))
    .default([]),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().optional() }) }).optional(),
});
const dashboard = z.looseObject({
  uid: z.string(),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  annotations: z.object({
    list: z.array(z.looseObject({ name: z.string(), target: z.object({ expr: z.string() }).optional() })),
  }),
  panels: z.array(panel),
});

export type Rule = z.infer<typeof rule>;
export type Dashboard = z.infer<typeof dashboard>;

const read = (name: string): string => readFileSync(`observability/${name}`, 'utf8');

/** The rules of all groups of a file. */
export const readRules = (name: 'alerts.yml' | 'slo.yml'): Rule[] =>
  ruleFile.parse(parse(read(name))).groups.flatMap(({ rules }) => rules);

type RuleTests = z.infer<typeof ruleTests>['tests'];

export const readRuleTests = (name: `${string}.test.yml`): RuleTests =>
  ruleTests.parse(parse(read(name))).tests;

/** The tests of alerts.yml. Those of stages with a receiver have a file of their own. */
export const situationTests = (): RuleTests =>
  (['alerts.test.yml', 'receiver-alerts.test.yml'] as const).flatMap(readRuleTests);

export const readDashboard = (): Dashboard => dashboard.parse(JSON.parse(read('grafana/orderly.json')));
