import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { outdatedFiles } from '../../observability/files.ts';
import { anchorsOf } from '../support/markdown.ts';
import { readDashboard } from '../support/observability-files.ts';

const dashboard = readDashboard();
const { panels } = dashboard;

test('the generated files are those of the source', () => {
  expect(outdatedFiles()).toEqual([]);
});

test('every panel has its own id and title, a description, a unit, and a kind that Grafana still develops', () => {
  const graphs = panels.filter(({ type }) => type !== 'row');

  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  for (const { title, type, description, targets } of graphs) {
    expect({ title, type: ['timeseries', 'stat', 'table', 'heatmap'].includes(type) }).toEqual({
      title,
      type: true,
    });
    expect({ title, description }).toEqual({ title, description: expect.stringMatching(/\.$/) });
    expect({ title, targets: targets.length }).not.toEqual({ title, targets: 0 });
  }
  for (const { title, fieldConfig, type } of graphs.filter((one) =>
    ['timeseries', 'stat'].includes(one.type),
  )) {
    expect({ title, type, unit: fieldConfig?.defaults.unit }).toEqual({
      title,
      type,
      unit: expect.any(String),
    });
  }
});

test('every query names the data source by the variable, and has its own letter', () => {
  const bySource = { type: 'prometheus', uid: `\${datasource}` };

  for (const { title, targets, datasource } of panels.filter(({ type }) => type !== 'row')) {
    expect({ title, datasource }).toEqual({ title, datasource: bySource });
    expect(targets.map((target) => target.datasource)).toEqual(targets.map(() => bySource));
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  }
  expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['stage', 'query'],
    ['docs', 'textbox'],
  ]);
  // A dashboard with an id of a server would replace another one there
  expect(Object.keys(dashboard)).not.toContain('id');
  expect(JSON.stringify(dashboard)).not.toContain('__inputs');
});

test('panels fill the width of 24 columns and do not overlap', () => {
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    expect({ title, right: gridPos.x + gridPos.w }).toEqual({ title, right: expect.any(Number) });
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let column = gridPos.x; column < gridPos.x + gridPos.w; column += 1) {
      for (let line = gridPos.y; line < gridPos.y + gridPos.h; line += 1) {
        expect(cells).not.toContain(`${column}/${line}`);
        cells.add(`${column}/${line}`);
      }
    }
  }
  const lastLine = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  expect(cells.size).toBe(24 * lastLine);
});

test('every link leads to a section of docs/operations.md', () => {
  const anchors = anchorsOf(readFileSync('docs/operations.md', 'utf8'));
  const links = panels.flatMap((panel) => panel.links.map(({ url }) => url));

  expect(links.length).toBeGreaterThan(20);
  for (const link of links) {
    expect(link).toMatch(/^\$\{docs\}\/operations\.md#/);
    expect(anchors).toContain(link.split('#')[1]);
  }
});
