import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../../local/settings.ts';
import { assertOneStage } from '../../../ops/dead-letters/redrive-stage.ts';

const HERE = { KAFKA_BROKERS: '127.0.0.1:9092', DATABASE_URL: 'postgresql://me@localhost:5432/orderly' };
const ELSEWHERE = {
  KAFKA_BROKERS: 'b-1.example.com:9098,b-2.example.com:9098',
  DATABASE_URL: 'postgresql://me@proxy.example.com:5432/orderly',
};

describe('a redrive', () => {
  test.each([
    ['the local stack', {}],
    ['a database of its own on this machine', { DATABASE_URL: HERE.DATABASE_URL }],
    ['a Kafka of its own on this machine', { KAFKA_BROKERS: HERE.KAFKA_BROKERS }],
    ['a stage', ELSEWHERE],
    [
      'a database elsewhere and a Kafka that is said to be here',
      { ...ELSEWHERE, ...{ KAFKA_BROKERS: HERE.KAFKA_BROKERS } },
    ],
  ])('is let through on %s', (_what, env) => {
    expect(() => assertOneStage(readSettings(env))).not.toThrow();
  });

  test.each([
    [
      'brokers elsewhere',
      { KAFKA_BROKERS: ELSEWHERE.KAFKA_BROKERS },
      'set DATABASE_URL to the database of the same stage',
    ],
    [
      'a database elsewhere',
      { DATABASE_URL: ELSEWHERE.DATABASE_URL },
      'set KAFKA_BROKERS to the brokers of the same stage',
    ],
  ])('is refused with %s and not a word on the other', (_what, env, advice) => {
    expect(() => assertOneStage(readSettings(env))).toThrow(advice);
  });
});
