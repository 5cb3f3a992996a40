import * as z from 'zod';
import { usageError } from '../../cli/command.ts';
import type { Finding } from './findings.ts';

const named = z.record(z.string(), z.unknown());
const channel = z.looseObject({ address: z.string(), messages: named });
const document = z.looseObject({
  channels: z.record(z.string(), channel),
  operations: named.default({}),
  components: z.looseObject({ messages: named }),
});

/**
 * Returns the topics and messages that the released document has and the current one has not, and the messages and
 * operations that it describes otherwise. The schemas themselves are compared as `schemas/*.json`.
 */
export function asyncApiFindings(released: unknown, current: unknown): readonly Finding[] {
  const old = read(released, 'contracts/released/asyncapi.json');
  const now = read(current, 'contracts/asyncapi.json');
  const channels = Object.entries(old.channels).flatMap(([name, { address, messages }]) => {
    const replacement = now.channels[name];
    return replacement?.address === address
      ? Object.keys(messages)
          .filter((one) => !(one in replacement.messages))
          .map((one) => removed(name, one, 'message'))
      : [removed(name, 'address', 'topic')];
  });
  return [
    ...channels,
    ...changed(old.components.messages, now.components.messages, 'message'),
    ...changed(old.operations, now.operations, 'operation'),
  ];
}

function read(value: unknown, where: string): z.infer<typeof document> {
  const parsed = document.safeParse(value);
  if (!parsed.success) {
    throw usageError(`The evolution check cannot read ${where}.\n${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

const removed = (name: string, place: string, what: 'topic' | 'message'): Finding => ({
  subject: `asyncapi.json ${name}`,
  place,
  rule: `${what}-removed`,
  reason: `Programs of others read or write the ${what}.`,
  remedy: `Keep the ${what}.`,
  isCertain: true,
});

/** Messages are removed from their channel, so that a message without a channel is no contract. */
const changed = (
  old: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  what: 'message' | 'operation',
): readonly Finding[] =>
  Object.entries(old)
    .filter(([name, one]) => (name in now || what === 'operation') && meaning(one) !== meaning(now[name]))
    .map(([name]) => ({
      subject: `asyncapi.json ${name}`,
      place: `the ${what}`,
      rule: `${what}-changed`,
      reason: `The ${what} is not the same as before.`,
      remedy: `Keep what programs of others rely on: ${RELIED_ON[what]}.`,
      isCertain: false,
    }));

const RELIED_ON = {
  message: 'its schemas, content type, key and correlation id',
  operation: 'its direction, topic, messages and consumer group',
} as const;

const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'summary',
  'description',
  'examples',
  'x-functions',
  'bindingVersion',
]);

/** A text that is equal for two objects that differ in annotations only. */
const meaning = (value: unknown): string | undefined =>
  JSON.stringify(value, (name: string, one: unknown) => (ANNOTATIONS.has(name) ? undefined : one));
