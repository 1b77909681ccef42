import { describe, expect, it } from 'vitest';
import { countCheck, countPlaywright, countVitest, sum, summary } from './counts.mjs';

describe('counting tests', () => {
  it('counts a check as one', () => {
    expect(countCheck(0)).toEqual({ passed: 1, failed: 0 });
    expect(countCheck(2)).toEqual({ passed: 0, failed: 1 });
  });

  it('takes the numbers of a Vitest report', () => {
    const testResults = [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    ];
    expect(countVitest({ numPassedTests: 7, numFailedTests: 1, testResults }, 1)).toEqual({
      passed: 7,
      failed: 1,
    });
  });

  it('counts a unit test file that could not be loaded as a failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    expect(countVitest({ numPassedTests: 1, numFailedTests: 0, testResults }, 1)).toEqual({
      passed: 1,
      failed: 1,
    });
  });

  it('takes the numbers of a Playwright report, a flaky test being a failed one', () => {
    const stats = { expected: 5, unexpected: 2, flaky: 1, skipped: 3 };
    expect(countPlaywright({ stats, errors: [] }, 1)).toEqual({ passed: 5, failed: 3 });
  });

  it('counts the errors of a Playwright run outside its tests', () => {
    const stats = { expected: 5, unexpected: 0, flaky: 0 };
    expect(countPlaywright({ stats, errors: [{ message: 'timed out' }] }, 1)).toEqual({
      passed: 5,
      failed: 1,
    });
  });

  it.each([
    ['a stage that left no report', undefined, 0],
    ['a stage that crashed without a report', undefined, 139],
    ['a report in another shape', { hello: 1 }, 0],
    ['a report of no tests at all', { numPassedTests: 0, numFailedTests: 0, stats: { expected: 0 } }, 0],
  ])('fails %s', (_what, report, exitCode) => {
    expect(countVitest(report, exitCode)).toEqual({ passed: 0, failed: 1 });
    expect(countPlaywright(report, exitCode)).toEqual({ passed: 0, failed: 1 });
  });

  it('fails a stage that ended badly although all its tests passed', () => {
    const report = { numPassedTests: 3, numFailedTests: 0, stats: { expected: 3, unexpected: 0, flaky: 0 } };
    expect(countVitest(report, 1)).toEqual({ passed: 3, failed: 1 });
    expect(countPlaywright(report, 1)).toEqual({ passed: 3, failed: 1 });
  });

  it('sums the stages into the last line', () => {
    const counts = [
      { passed: 1, failed: 0 },
      { passed: 40, failed: 2 },
    ];
    expect(summary(sum(counts))).toBe('41 passed, 2 failed');
    expect(summary(sum([]))).toBe('0 passed, 0 failed');
  });
});
