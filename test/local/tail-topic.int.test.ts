import { expect, test } from '@jest/globals';
import { assertTopic } from '../../local/tail-topic.ts';
import { freshTopic, testBrokers } from '../support/kafka.ts';
import { until } from '../support/until.ts';

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;

test('the look at a topic leaves no connection to Kafka, whether the topic is there or not', async () => {
  const topic = await freshTopic(1);
  await until('the test itself has no connection left', () => openSockets() === 0);

  await assertTopic(topic, testBrokers());
  const refused = await assertTopic(`${topic}-missing`, testBrokers()).catch((error: unknown) => error);

  expect(refused).toMatchObject({ code: 'local_stack' });
  await until('its connections are closed', () => openSockets() === 0, 5_000);
});
