/** What `docs/integrity.md` says before its figures. */
export const introduction = `# Never lost, never twice

Written by \`npm run test:integrity -- --report docs/integrity.md\`. It loads the real program, breaks what it runs on, and then compares what clients and
the fulfilment service know with what Kafka and PostgreSQL hold.

## What is proved

For the run below, and for every run that you start yourself:

1. A command that was acknowledged took effect, as it was sent.
2. It took effect once, however often it was sent, delivered or redriven.
3. Commands of one order took effect in the order of their offsets. Within one batch all have one time: there it is seen by which create came first, and by the redrives.
4. Nothing is left over: every order has ended, and every record that cannot take effect is a dead letter.
5. What \`orders.status\` said last of an order is what is stored.

It is a test and no proof in the mathematical sense: it finds only faults that occur in a run of some minutes. It uses one PostgreSQL, and one
Kafka broker unless \`--brokers 3\` is given, so it does not cover the loss of a machine with its disk.

## How

- **Two sides.** Clients and the receiver of the webhook keep a journal of their own: every acknowledgement, every call. The other side
  is read at the end, from Kafka and PostgreSQL directly: the tables, and every record of \`orders\`, \`orders.status\` and \`orders.dlq\`.
  [The checker](../test/integrity/checker/check.ts) compares the two. It has no connection to anything; its own tests show each verdict a history that it must refuse.
- **The load.** Orders come one by one, in bulk, and from a plain Kafka producer that knows nothing of Orderly. Whoever hears nothing, or a 5xx, or a 207, sends
  the same again. Some cancel, some send an order id again with the same or with other content.
- **The plain producer** uses every compression of Kafka, and sends unusual records: headers named \`constructor\` and \`__proto__\`, thousands of headers, one event id for many
  orders, event ids that are empty or not UTF-8, a cancel before its order with the same event id, a mistyped cancel before the corrected one.
- **Poison records**: not JSON, not UTF-8, not an order, an unknown event type, NUL bytes, nearly 1 MB, odd or many headers, a tombstone with headers, and
  records that differ only in their event id or in a header.
- **The receiver** answers 5 % of the calls with 500 and 1 % never. Now and then it decides and its answer is lost or late, so that it is asked again.
- **The faults** come from the seed: kill -9 and SIGSTOP of Kafka, PostgreSQL and the functions, and a bad network between them. Each waits for a while until work is in flight; what was found then is in the table.
  A half-open connection is closed by the network after some seconds, as by a NAT gateway that forgets it; none stays so for ever.
  With \`--brokers 3\` Kafka has three brokers and three replicas of each partition, and four more faults: one broker killed, one frozen, the active controller killed, a
  leader moved. The next fault waits until all replicas are in sync again.
- **The end.** When everything is worked off, the verdicts. Then every dead letter is redriven, and the verdicts once more: each must be refused again, stay one
  letter, and nothing else may have changed. A cancel whose event id is by then in its order's history is a repeat, and stays redriven.
- **A recreated topic.** At the very end, \`orders\` is deleted under load and created again at once, while the functions run. Every order that is acknowledged after that must be stored.

The seed decides load, faults and the receiver's moods. It cannot decide how processes are scheduled, so a run with the same seed meets the same troubles at slightly different moments.`;
