/** The beginning of `docs/integrity.md`, before the figures. */
export const introduction = `# Never lost, never twice

\`\`\`bash
npm run test:integrity -- --report docs/integrity.md
\`\`\`

This command writes this page. It loads the real program and injects faults into its servers. Then it compares the records of the clients and of the fulfilment service with the contents of Kafka and PostgreSQL.

## What the run checks

For the run below, and for every run that you start:

1. An acknowledged command took effect, as it was sent.
2. It took effect once, however often it was sent, delivered or redriven.
3. Commands of one order took effect in the order of their offsets. All commands of one batch have the same time. For them the run checks which create came first, and the order of the redrives.
4. Nothing is left: every order has ended, and every record that cannot take effect is a dead letter.
5. The last event of an order on \`orders.status\` equals the stored order.

This is a test and not a proof: it finds only faults that occur in a run of some minutes. It uses one PostgreSQL, and one Kafka broker unless \`--brokers 3\` is given. So it does not cover the loss of a machine with its disk.

## How

- **Two sides.** Clients and the receiver of the webhook keep their own journal of every acknowledgement and every call. At the end, the other side is read directly from Kafka and PostgreSQL: the tables, and every record of \`orders\`, \`orders.status\` and \`orders.dlq\`. [The checker](../test/slow/integrity/checker/check.ts) compares the two sides. It has no connections. Its own tests give each verdict a history that it must reject.
- **The load.** Orders come one by one, in bulk, and from a plain Kafka producer without Orderly's code. A client that gets no answer, a 5xx or a 207 sends the same again. Some cancel, some repeat an order id with the same or other content.
- **The plain producer** uses every compression of Kafka, and sends unusual records: headers named \`constructor\` and \`__proto__\`, thousands of headers, one event id for many orders, and event ids that are empty or not UTF-8. It also sends a cancel before its order with the same event id, and a mistyped cancel before the corrected one.
- **Poison records**: not JSON, not UTF-8, not an order, an unknown event type, NUL bytes, nearly 1 MB, odd or many headers, a tombstone with headers, and records that differ only in their event id or in a header.
- **The receiver** answers 500 to 5 % of the calls, and does not answer 1 %. Sometimes it decides, but its answer is lost or late, so the call is repeated.
- **The faults** are derived from the seed: kill -9 and SIGSTOP of Kafka, PostgreSQL and the functions, and a bad network between them. Each fault first waits for work in flight; the table lists this work. The network closes a half-open connection after some seconds, as a NAT gateway does when it drops the connection. No connection stays half-open permanently.
- **Three brokers.** With \`--brokers 3\` Kafka has three brokers and three replicas of each partition, and four more faults: one broker killed, one frozen, the active controller killed, a leader moved. The next fault waits until all replicas are in sync again.
- **The end.** When all work is done, the verdicts are computed. Then every dead letter is redriven, and the verdicts are computed again. Each letter must be rejected again and remain one letter, and nothing else may change. If the event id of a cancel is in its order's history by then, the cancel is a repeat and stays redriven.
- **A recreated topic.** Last, \`orders\` is deleted under load and created again at once, while the functions run. Every order that is acknowledged after that must be stored.

The seed determines the load, the faults and the receiver's answers. It does not determine how processes are scheduled. So two runs with one seed have the same faults at slightly different moments.`;
