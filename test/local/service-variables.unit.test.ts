import { expect, test } from '@jest/globals';
import { serviceVariables } from '../../local/service-variables.ts';

const DATABASE_URL = 'postgresql://postgres:secret@127.0.0.1:5432/orderly';

test.each([
  ['a URL', 'http://127.0.0.1:4318', 'http://127.0.0.1:4318'],
  ['none', 'none', ''],
  // Without `npm start` no store runs.
  ['nothing', '', ''],
])('with %s as the receiver of traces, the functions send them to %j', (_, given, expected) => {
  const variables = serviceVariables({ DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT: given });

  expect(variables).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: expected, OTEL_TRACES_SAMPLER_ARG: '' });
});

test('the sampling ratio is passed on', () => {
  expect(serviceVariables({ DATABASE_URL, OTEL_TRACES_SAMPLER_ARG: '0.5' })).toMatchObject({
    OTEL_TRACES_SAMPLER_ARG: '0.5',
  });
});
