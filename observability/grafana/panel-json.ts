import type { Heatmap, Panel, Query, Row, Stat, Table, Threshold, Timeseries, Unit } from './panels.ts';

/**
 * Grafana's JSON of panels: https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/
 * Field names are those of `@grafana/schema` 13.
 */

export type Json = Readonly<Record<string, unknown>>;

/** The variable of the dashboard, so that no name of a data source is in the file. */
const datasource = { type: 'prometheus', uid: `\${datasource}` };

const COLUMNS = 24;
const heights = { stat: 4, timeseries: 8, heatmap: 8, table: 8 } as const;

/** Returns the panels of all rows, placed from left to right. Ids count from 1. */
export function layOut(rows: readonly Row[]): Json[] {
  const placed: Json[] = [];
  const place = (panel: Json, x: number, y: number, w: number, h: number): void => {
    placed.push({ id: placed.length + 1, gridPos: { x, y, w, h }, ...panel });
  };
  let y = 0;
  for (const { title, panels } of rows) {
    place({ type: 'row', title, collapsed: false, panels: [] }, 0, y, COLUMNS, 1);
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      place(panelJson(panel), x, y, panel.width, heights[panel.kind]);
      x += panel.width;
      lineHeight = Math.max(lineHeight, heights[panel.kind]);
    }
    y += lineHeight;
  }
  return placed;
}

function panelJson(panel: Panel): Json {
  const { kind, title, description, runbook } = panel;
  const links = runbook === undefined ? [] : [runbookLink(runbook)];
  return { type: kind, title, description, datasource, links, ...contentOf(panel) };
}

function contentOf(panel: Panel): Json {
  switch (panel.kind) {
    case 'timeseries':
      return timeseries(panel);
    case 'stat':
      return stat(panel);
    case 'heatmap':
      return heatmap(panel);
    case 'table':
      return table(panel);
  }
}

/** `docs` is a variable of the dashboard: the address of this repository's directory `docs`. */
const runbookLink = (anchor: string): Json => ({
  title: 'Runbook',
  type: 'link',
  url: `\${docs}/operations.md#${anchor}`,
  targetBlank: true,
});

const targets = (queries: readonly Query[], kind: 'range' | 'instant', format = 'time_series'): Json[] =>
  queries.map(({ expr, legend }, index) => ({
    refId: String.fromCodePoint(65 + index), // A, B, …
    datasource,
    editorMode: 'code',
    expr,
    format,
    legendFormat: legend,
    range: kind === 'range',
    instant: kind === 'instant',
  }));

const thresholdJson = (thresholds: readonly Threshold[] = [], normal: string): Json => ({
  mode: 'absolute',
  steps: [{ value: null, color: normal }, ...thresholds.map(({ value, color }) => ({ value, color }))],
});

function timeseries({ queries, unit, thresholds }: Timeseries): Json {
  return {
    targets: targets(queries, 'range'),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        color: { mode: 'palette-classic' },
        thresholds: thresholdJson(thresholds, 'transparent'),
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: 0,
          showPoints: 'never',
          spanNulls: false, // a gap shows that nothing was measured
          thresholdsStyle: { mode: thresholds === undefined ? 'off' : 'line' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

function stat({ queries, unit, thresholds, below, words, showsName }: Stat): Json {
  const results = Object.entries(words ?? {}).map(([value, text]) => [value, { text }]);
  return {
    targets: targets(queries, 'instant'),
    fieldConfig: {
      defaults: {
        unit,
        color: { mode: 'thresholds' },
        thresholds: thresholdJson(thresholds, below ?? 'text'),
        mappings: words === undefined ? [] : [{ type: 'value', options: Object.fromEntries(results) }],
      },
      overrides: [],
    },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      textMode: showsName === true ? 'name' : 'auto',
      justifyMode: 'auto',
      orientation: 'auto',
    },
  };
}

function heatmap({ expr, unit }: Heatmap): Json {
  return {
    targets: targets([{ expr, legend: '{{le}}' }], 'range', 'heatmap'),
    fieldConfig: { defaults: {}, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: {
        mode: 'scheme',
        scheme: 'Oranges',
        steps: 32,
        exponent: 0.5,
        fill: 'dark-orange',
        reverse: false,
      },
      filterValues: { le: 1e-9 }, // empty cells have no colour
      legend: { show: false },
      rowsFrame: { layout: 'auto' },
      tooltip: { mode: 'single', yHistogram: false },
      yAxis: { axisPlacement: 'left', unit, reverse: false },
    },
  };
}

function table({ by, columns, thresholds }: Table): Json {
  const queries = columns.map(({ title, expr }) => ({ expr, legend: title }));
  const valueField = (index: number): string => `Value #${String.fromCodePoint(65 + index)}`;
  const nameOfColumns = Object.fromEntries(columns.map(({ title }, index) => [valueField(index), title]));
  const unitOf = (title: string, unit: Unit): Json => ({
    matcher: { id: 'byName', options: title },
    properties: [{ id: 'unit', value: unit }],
  });
  return {
    targets: targets(queries, 'instant', 'table'),
    fieldConfig: {
      defaults: {
        custom: { align: 'auto', cellOptions: { type: 'auto' } },
        thresholds: thresholdJson(thresholds, 'text'),
      },
      overrides: columns.map(({ title, unit }) => unitOf(title, unit)),
    },
    options: {
      showHeader: true,
      cellHeight: 'sm',
      sortBy: [{ displayName: columns[0]?.title ?? by, desc: true }],
    },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: { excludeByName: { Time: true }, indexByName: {}, renameByName: nameOfColumns },
      },
    ],
  };
}
