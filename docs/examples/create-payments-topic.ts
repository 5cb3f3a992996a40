import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';

const kafka = new kafkajs.Kafka({
  brokers: [process.argv[2] ?? '127.0.0.1:9092'],
  logLevel: kafkajs.logLevel.NOTHING,
});

const admin = kafka.admin();
await admin.connect();
const created = await admin.createTopics({
  waitForLeaders: false, // producers retry until the topic has its leaders
  topics: [{ topic: 'payments', numPartitions: 1 }],
});
await admin.disconnect();
console.log(created ? 'Created the topic payments.' : 'The topic payments already exists.');
