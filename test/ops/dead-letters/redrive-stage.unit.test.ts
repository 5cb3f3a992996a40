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
    ['its own database on this machine', { DATABASE_URL: HERE.DATABASE_URL }],
    ['its own Kafka on this machine', { KAFKA_BROKERS: HERE.KAFKA_BROKERS }],
    ['a stage', ELSEWHERE],
    [
      'a remote database and an explicit Kafka on this machine',
      { ...ELSEWHERE, ...{ KAFKA_BROKERS: HERE.KAFKA_BROKERS } },
    ],
  ])('is accepted on %s', (_what, env) => {
    expect(() => assertOneStage(readSettings(env))).not.toThrow();
  });

  test.each([
    [
      'brokers elsewhere',
      { KAFKA_BROKERS: ELSEWHERE.KAFKA_BROKERS },
      'set DATABASE_URL to the database of the same stage',
    ],
    [
      'a remote database',
      { DATABASE_URL: ELSEWHERE.DATABASE_URL },
      'set KAFKA_BROKERS to the brokers of the same stage',
    ],
  ])('is rejected with %s and no setting for the other server', (_what, env, advice) => {
    expect(() => assertOneStage(readSettings(env))).toThrow(advice);
  });
});
