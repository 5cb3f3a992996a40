import { describe, expect, test } from '@jest/globals';
import { planSteps } from '../../../deployment/steps/plan.ts';

describe('the plan', () => {
  test('puts topics and migrations before the application, and the infrastructure before everything', () => {
    expect(planSteps({ withInfrastructure: true, isDryRun: false })).toEqual([
      'parameters',
      'infrastructure',
      'check',
      'package',
      'verify',
      'setup',
      'topics',
      'migrations',
      'schemas',
      'application',
      'smokeTest',
    ]);
    expect(planSteps({ withInfrastructure: false, isDryRun: false })[0]).toBe('check');
  });

  test('of a dry run changes nothing', () => {
    expect(planSteps({ withInfrastructure: false, isDryRun: true })).toEqual(['check', 'package', 'verify']);
    expect(planSteps({ withInfrastructure: true, isDryRun: true })).toEqual([
      'parameters',
      'packageInfrastructure',
    ]);
  });
});
