import { orderFulfilment, orderProcessing } from '../../../lib/kafka/topics/topics.ts';
import { hasReceiver } from '../derived-settings.ts';
import {
  readFunctions,
  readParameter,
  readStageName,
  type TemplatePart,
  type Variables,
} from '../framework.ts';
import { type Widget, widgets } from './widgets.ts';

const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 6;

/**
 * Returns the dashboard of the stage. From top left it shows whether orders arrive and are processed, what waits,
 * and what fails.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export async function dashboard(variables: Variables): Promise<TemplatePart> {
  const stage = await readStageName(variables);
  const functions = await readFunctions(variables);
  const isReceiver = await hasReceiver(variables);
  const shown = widgets({
    stage,
    functions: Object.keys(functions),
    routes: Object.values(functions).flatMap(({ events }) =>
      events.flatMap(({ httpApi }) => (httpApi === undefined || httpApi === '*' ? [] : [httpApi])),
    ),
    groups: isReceiver ? [orderProcessing.group, orderFulfilment.group] : [orderProcessing.group],
    hasReceiver: isReceiver,
    hasRateLimit: (await readParameter(variables, 'rateLimit')) !== '',
  });
  const body = JSON.stringify({ widgets: shown.map(positioned) });
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: `orderly-${stage}`, DashboardBody: { 'Fn::Sub': body } },
      },
    },
  };
}

const positioned = (properties: Widget, index: number): Readonly<Record<string, unknown>> => ({
  type: 'metric',
  x: (index * WIDTH) % COLUMNS,
  y: Math.floor((index * WIDTH) / COLUMNS) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
  properties: { region: '${AWS::Region}', view: 'timeSeries', period: 60, ...properties },
});
