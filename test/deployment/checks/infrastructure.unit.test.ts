import { expect, test } from '@jest/globals';
import { assertZones } from '../../../deployment/checks/infrastructure.ts';

test.each([[undefined], ['']])('in us-east-1 zones are required where they are %j', (zones) => {
  expect(() => assertZones('us-east-1', zones)).toThrow('In us-east-1 set the parameter availabilityZones');
});

test.each([
  ['us-east-1', 'us-east-1a,us-east-1b,us-east-1d'],
  ['eu-west-1', undefined],
])('in %s with %j they are not', (region, zones) => {
  expect(() => assertZones(region, zones)).not.toThrow();
});
