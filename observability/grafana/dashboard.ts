import { orderRows } from './order-rows.ts';
import { type Json, layOut } from './panel-json.ts';
import { ofStage } from './queries.ts';
import { serverRows } from './server-rows.ts';

/** The default of `@grafana/schema` 13.2. Grafana migrates older versions when it loads them. */
const SCHEMA_VERSION = 42;

const datasource = { type: 'prometheus', uid: `\${datasource}` };

/** Returns the dashboard "Orderly" as Grafana's JSON. */
export const dashboard = (): Json => ({
  uid: 'orderly',
  title: 'Orderly',
  description:
    'Shows whether orders are accepted and completed, what waits, and what fails. Counters and histograms come from npm start. A stage on AWS exposes only its gauges here. Its counters and histograms are in CloudWatch.',
  tags: ['orderly'],
  schemaVersion: SCHEMA_VERSION,
  editable: true,
  graphTooltip: 1, // one crosshair on all panels
  timezone: 'browser',
  refresh: '30s',
  time: { from: 'now-1h', to: 'now' },
  links: [],
  templating: { list: variables },
  annotations: { list: annotations },
  panels: layOut([...orderRows, ...serverRows]),
});

const variables: readonly Json[] = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
  {
    name: 'stage',
    label: 'Stage',
    type: 'query',
    datasource,
    query: { query: 'label_values(orderly_build_info, stage)', refId: 'stage' },
    definition: 'label_values(orderly_build_info, stage)',
    refresh: 2, // also when the time range changes
    sort: 1,
  },
  {
    name: 'docs',
    label: 'Docs',
    description: 'Address of the directory docs of this repository, for the links to runbooks.',
    type: 'textbox',
    query: '/public/orderly-docs',
    current: { text: '/public/orderly-docs', value: '/public/orderly-docs', selected: true },
  },
];

const annotation = (name: string, color: string, expr: string, title: string): Json => ({
  name,
  enable: true,
  iconColor: color,
  datasource,
  target: { refId: 'Anno', expr, interval: '30s' },
  titleFormat: title,
});

const annotations: readonly Json[] = [
  {
    name: 'Annotations & Alerts',
    builtIn: 1,
    type: 'dashboard',
    enable: true,
    hide: true,
    iconColor: 'rgba(0, 211, 255, 1)',
    datasource: { type: 'grafana', uid: '-- Grafana --' },
  },
  annotation('Alerts', 'red', `${ofStage('ALERTS', 'alertstate="firing"')} == 1`, '{{alertname}}'),
  // The counters of a new process start at 0
  annotation(
    'Restarts',
    'blue',
    `max(resets(${ofStage('orderly_http_request_duration_seconds_count')}[1m])) > 0`,
    'Orderly restarted',
  ),
];
